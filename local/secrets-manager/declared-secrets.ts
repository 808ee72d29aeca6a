import { randomInt } from "node:crypto";
import * as z from "zod/mini";
import type { Resolver } from "../cloudformation/intrinsics.ts";
import type { CloudEnvironment } from "../cloudformation/references.ts";
import { resolvePhysicalId } from "../cloudformation/references.ts";
import type { Assembly } from "../cloudformation/template.ts";
import { asShape } from "../support/shape.ts";

const Generate = z.looseObject({
  SecretStringTemplate: z.optional(z.string()),
  GenerateStringKey: z.optional(z.string()),
  PasswordLength: z._default(z.number(), 32),
  ExcludeCharacters: z._default(z.string(), ""),
  ExcludeLowercase: z._default(z.boolean(), false),
  ExcludeNumbers: z._default(z.boolean(), false),
  ExcludePunctuation: z._default(z.boolean(), false),
  ExcludeUppercase: z._default(z.boolean(), false),
});
const Properties = z.looseObject({
  Name: z.optional(z.string()),
  SecretString: z.optional(z.string()),
  GenerateSecretString: z._default(Generate, Generate.parse({})),
});

/** A secret of the template. */
export type DeclaredSecret = {
  readonly arn: string;
  readonly name: string;
  /** Creates the first value: the value of the template, or a new random value. */
  createFirstValue(): string;
};

/** Returns the secrets of the template. */
export const readSecrets = (assembly: Assembly, resolver: Resolver, environment: CloudEnvironment): DeclaredSecret[] =>
  Object.entries(assembly.template.Resources)
    .filter(([, resource]) => resource.Type === "AWS::SecretsManager::Secret" && resolver.isDeployed(resource))
    .map(([logicalId, resource]) => {
      const properties = asShape(Properties, resolver.resolve(resource.Properties ?? {}), logicalId);
      const arn = resolvePhysicalId(logicalId, resource.Type, properties, environment);
      return {
        arn,
        // The service adds a hyphen and six characters to the name in an ARN.
        name: arn.replace(/^.*:secret:/, "").replace(/-[^-]{6}$/, ""),
        createFirstValue: () => properties.SecretString ?? generate(properties.GenerateSecretString),
      };
    });

/** Creates a random string as `GetRandomPassword` does, alone or as one member of the given JSON. */
const generate = (options: z.infer<typeof Generate>): string => {
  const alphabet = [
    options.ExcludeLowercase ? "" : "abcdefghijklmnopqrstuvwxyz",
    options.ExcludeUppercase ? "" : "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    options.ExcludeNumbers ? "" : "0123456789",
    options.ExcludePunctuation ? "" : "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
  ].join("");
  const characters = [...alphabet].filter((character) => !options.ExcludeCharacters.includes(character));
  const random = Array.from({ length: options.PasswordLength }, () => characters[randomInt(characters.length)]).join(
    "",
  );
  if (options.GenerateStringKey === undefined) return random;
  return JSON.stringify({ ...JSON.parse(options.SecretStringTemplate ?? "{}"), [options.GenerateStringKey]: random });
};
