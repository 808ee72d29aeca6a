import { randomInt } from "node:crypto";
import * as z from "zod/mini";
import type { Resolver } from "./intrinsics.ts";
import type { CloudEnvironment } from "./references.ts";
import { physicalIdOf } from "./references.ts";
import type { SecretStore } from "./secret-store.ts";
import { asShape } from "./shape.ts";
import type { Assembly } from "./template.ts";

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
  GenerateSecretString: z.optional(Generate),
});

/** Creates the secrets that the template declares and the store does not have, with a value as the template wants it. */
export function createSecrets(
  assembly: Assembly,
  resolver: Resolver,
  environment: CloudEnvironment,
  { store, epochSeconds }: { readonly store: SecretStore; readonly epochSeconds: number },
): void {
  for (const [logicalId, resource] of Object.entries(assembly.template.Resources)) {
    if (resource.Type !== "AWS::SecretsManager::Secret" || !resolver.isDeployed(resource)) continue;
    const properties = asShape(Properties, resolver.resolve(resource.Properties ?? {}), logicalId);
    const arn = physicalIdOf(logicalId, resource.Type, properties, environment);
    const name = arn.replace(/^.*:secret:/, "").replace(/-[^-]{6}$/, "");
    const value = () => properties.SecretString ?? generate(properties.GenerateSecretString ?? Generate.parse({}));
    store.create({ arn, name }, value, epochSeconds);
  }
}

/** A random string as `GetRandomPassword` makes it, alone or as one member of the given JSON. */
export function generate(options: z.infer<typeof Generate>): string {
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
}
