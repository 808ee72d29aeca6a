import * as z from "zod/mini";
import { asShape } from "../support/shape.ts";
import type { Resolver } from "./intrinsics.ts";
import { functionNameIn } from "./references.ts";
import type { Assembly } from "./template.ts";

const RunOnce = z.looseObject({ FunctionArn: z.string() });

/** The functions that a deployment runs once, by physical name. */
export const readDeploymentRuns = (assembly: Assembly, resolver: Resolver): string[] =>
  Object.entries(assembly.template.Resources)
    .filter(([, resource]) => resource.Type === "Custom::RunOnce" && resolver.isDeployed(resource))
    .map(([logicalId, resource]) =>
      functionNameIn(asShape(RunOnce, resolver.resolve(resource.Properties), logicalId).FunctionArn),
    );
