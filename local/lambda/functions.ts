import { existsSync } from "node:fs";
import { join, resolve as resolvePath } from "node:path";
import * as z from "zod/mini";
import type { Resolver } from "../cloudformation/intrinsics.ts";
import type { CloudEnvironment } from "../cloudformation/references.ts";
import { resolveAttribute, resolvePhysicalId } from "../cloudformation/references.ts";
import type { Assembly, Resource } from "../cloudformation/template.ts";
import { StartError } from "../support/start-error.ts";

/** A Node.js function of the template, and the path of its bundle. */
export type LambdaFunction = {
  /** A short name that comes from the construct: `refresh`, `rotate-keys`, `authorizer-lookup`. */
  readonly name: string;
  /** The physical name. */
  readonly functionName: string;
  readonly arn: string;
  /** Absolute path of the module that exports the handler. */
  readonly modulePath: string;
  readonly exportName: string;
  readonly timeoutMs: number;
  readonly memoryMb: number;
  readonly environment: Readonly<Record<string, string>>;
};

const Properties = z.looseObject({
  FunctionName: z.optional(z.string()),
  Handler: z.string(),
  Runtime: z.string(),
  Timeout: z.optional(z.number()),
  MemorySize: z.optional(z.number()),
  Environment: z.optional(z.looseObject({ Variables: z.optional(z.record(z.string(), z.string())) })),
});

const MODULE_EXTENSIONS = [".mjs", ".js", ".cjs"];

/**
 * Returns the Node.js functions of the template by physical name. Leaves out other runtimes (CDK's own helpers in Python).
 * @throws StartError if a bundle is missing
 */
export const readFunctions = (
  assembly: Assembly,
  resolver: Resolver,
  environment: CloudEnvironment,
): ReadonlyMap<string, LambdaFunction> => {
  const functions = new Map<string, LambdaFunction>();
  for (const [logicalId, resource] of Object.entries(assembly.template.Resources)) {
    if (resource.Type !== "AWS::Lambda::Function" || !resolver.isDeployed(resource)) continue;
    const assetPath = resource.Metadata?.["aws:asset:path"];
    const parsed = z.safeParse(Properties, resolver.resolve(resource.Properties));
    if (typeof assetPath !== "string" || !parsed.success || !parsed.data.Runtime.startsWith("nodejs")) continue;
    const properties = parsed.data;
    const [moduleName = "", exportName = ""] = properties.Handler.split(".");
    const functionName = resolvePhysicalId(logicalId, resource.Type, properties, environment);
    functions.set(functionName, {
      name: createReadableName(logicalId, resource),
      functionName,
      arn: resolveAttribute(logicalId, resource.Type, properties, "Arn", environment),
      modulePath: modulePath(resolvePath(assembly.directory, assetPath), moduleName),
      exportName,
      // The defaults of Lambda.
      timeoutMs: (properties.Timeout ?? 3) * 1000,
      memoryMb: properties.MemorySize ?? 128,
      environment: properties.Environment?.Variables ?? {},
    });
  }
  return functions;
};

/** `latchkey-dev/Authorizer/Lookup/Resource` becomes `authorizer-lookup`. */
const createReadableName = (logicalId: string, resource: Resource): string => {
  const path = resource.Metadata?.["aws:cdk:path"];
  const constructIds = typeof path === "string" ? path.split("/").slice(1, -1) : [logicalId];
  return constructIds
    .join("-")
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .toLowerCase();
};

const modulePath = (assetDirectory: string, moduleName: string): string => {
  const file = MODULE_EXTENSIONS.map((extension) => join(assetDirectory, moduleName + extension)).find(existsSync);
  if (file === undefined) throw new StartError(`There is no ${moduleName}.mjs in the bundle ${assetDirectory}.`);
  return file;
};
