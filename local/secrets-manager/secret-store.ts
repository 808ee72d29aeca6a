import { randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import * as z from "zod/mini";
import { StartError } from "../support/start-error.ts";
import type { DeclaredSecret } from "./declared-secrets.ts";

const Version = z.object({
  secretString: z.string(),
  /** Epoch seconds. */
  createdAt: z.number(),
  stages: z.array(z.string()),
});
const Secret = z.object({ arn: z.string(), name: z.string(), versions: z.record(z.string(), Version) });
const Secrets = z.record(z.string(), Secret);

/** A version of a secret, with its staging labels. */
export type SecretVersion = z.infer<typeof Version>;
/** A secret with all its versions by version id. */
export type StoredSecret = z.infer<typeof Secret>;

/** The secrets of the local Secrets Manager. */
export type SecretStore = {
  /** Finds a secret by ARN or name. */
  find(secretId: string): StoredSecret | undefined;
  /** Adds a secret with a first version. Does nothing if the secret exists. */
  create(secret: DeclaredSecret, epochSeconds: number): void;
  /** Writes changes of a found secret to the file. */
  save(): void;
};

/**
 * Opens the file with the secrets. Only the owner can read the file. A write replaces the file as a whole, so that a crash leaves
 * the old or the new content.
 * @param file undefined keeps the secrets in memory
 * @throws StartError if the file exists and cannot be read
 */
export const openSecretStore = (file: string | undefined): SecretStore => {
  const secrets = file === undefined ? {} : readSecrets(file);

  const save = () => {
    if (file === undefined) return;
    const temporary = `${file}.${randomUUID()}`;
    writeFileSync(temporary, JSON.stringify(secrets, undefined, 2), { mode: 0o600, flush: true });
    renameSync(temporary, file);
  };

  return {
    find: (secretId) => secrets[secretId] ?? Object.values(secrets).find((secret) => secret.name === secretId),
    create: ({ arn, name, createFirstValue }, epochSeconds) => {
      if (secrets[arn] !== undefined) return;
      const first = { secretString: createFirstValue(), createdAt: epochSeconds, stages: ["AWSCURRENT"] };
      secrets[arn] = { arn, name, versions: { [randomUUID()]: first } };
      save();
    },
    save,
  };
};

const readSecrets = (file: string): z.infer<typeof Secrets> => {
  let text: string;
  try {
    mkdirSync(dirname(file), { recursive: true });
    text = readFileSync(file, "utf8");
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return {};
    throw new StartError(`The file of secrets ${file} cannot be read.`, { cause });
  }
  try {
    return Secrets.parse(JSON.parse(text));
  } catch (cause) {
    throw new StartError(`The file of secrets ${file} is damaged. Remove the data folder, or use --memory.`, { cause });
  }
};
