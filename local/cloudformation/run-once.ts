import * as z from "zod/mini";
import { asShape } from "../support/shape.ts";
import type { Resolver } from "./intrinsics.ts";
import { parseFunctionName } from "./references.ts";
import type { Assembly } from "./template.ts";

const RunOnce = z.looseObject({ FunctionArn: z.string() });

/** Returns the physical names of the functions that a deployment runs once (`Custom::RunOnce`). */
export const readRunOnceFunctions = (assembly: Assembly, resolver: Resolver): string[] =>
  Object.entries(assembly.template.Resources)
    .filter(([, resource]) => resource.Type === "Custom::RunOnce" && resolver.isDeployed(resource))
    .map(([logicalId, resource]) =>
      parseFunctionName(asShape(RunOnce, resolver.resolve(resource.Properties), logicalId).FunctionArn),
    );
