import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod/mini";
import { StartError } from "../support/start-error.ts";

const Resource = z.looseObject({
  Type: z.string(),
  Properties: z.optional(z.record(z.string(), z.unknown())),
  Metadata: z.optional(z.record(z.string(), z.unknown())),
  Condition: z.optional(z.string()),
});

const Template = z.looseObject({
  Resources: z.record(z.string(), Resource),
  Parameters: z.optional(z.record(z.string(), z.looseObject({ Default: z.optional(z.unknown()) }))),
  Conditions: z.optional(z.record(z.string(), z.unknown())),
  Mappings: z.optional(z.record(z.string(), z.record(z.string(), z.record(z.string(), z.unknown())))),
});

const Manifest = z.looseObject({
  artifacts: z.record(
    z.string(),
    z.looseObject({
      type: z.string(),
      properties: z.optional(
        z.looseObject({ templateFile: z.optional(z.string()), stackName: z.optional(z.string()) }),
      ),
    }),
  ),
});

/** A resource of a template. */
export type Resource = z.infer<typeof Resource>;
/** A CloudFormation template, as far as this folder reads the template. */
export type Template = z.infer<typeof Template>;

/** One stack of a cloud assembly: its template, and the folder with its assets. */
export type Assembly = {
  readonly directory: string;
  readonly stackName: string;
  readonly template: Template;
};

/**
 * Reads a cloud assembly and returns the first stack that has a REST API.
 * @throws StartError if the folder is not a cloud assembly, or if no stack has a REST API
 */
export const readAssembly = (directory: string): Assembly => {
  const manifest = readJson(join(directory, "manifest.json"), Manifest);
  for (const [artifactId, artifact] of Object.entries(manifest.artifacts)) {
    const file = artifact.properties?.templateFile;
    if (artifact.type !== "aws:cloudformation:stack" || file === undefined) continue;
    const template = readJson(join(directory, file), Template);
    if (Object.values(template.Resources).some((resource) => resource.Type === "AWS::ApiGateway::RestApi")) {
      return { directory, stackName: artifact.properties?.stackName ?? artifactId, template };
    }
  }
  throw new StartError(`No stack in ${directory} has a REST API.`);
};

const readJson = <Schema extends z.ZodMiniType>(file: string, schema: Schema): z.infer<Schema> => {
  try {
    return schema.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch (cause) {
    throw new StartError(`${file} is not what cdk synth writes.`, { cause });
  }
};
