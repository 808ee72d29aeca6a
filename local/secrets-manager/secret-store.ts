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

export type SecretVersion = z.infer<typeof Version>;
export type StoredSecret = z.infer<typeof Secret>;

/** Where the local Secrets Manager keeps its secrets, by their ARN. */
export type SecretStore = {
  /** By ARN or name. */
  find(secretId: string): StoredSecret | undefined;
  /** Adds a secret with a first version, unless it is kept already. */
  create(secret: DeclaredSecret, epochSeconds: number): void;
  /** Makes changes to a found secret last. */
  save(): void;
};

/**
 * @param file readable by its owner only, and replaced as a whole, so that a crash leaves the old or the new content;
 * undefined: in memory
 * @throws StartError when the file is there but cannot be read
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
    create: ({ arn, name, firstValue }, epochSeconds) => {
      if (secrets[arn] !== undefined) return;
      const first = { secretString: firstValue(), createdAt: epochSeconds, stages: ["AWSCURRENT"] };
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
    throw new StartError(`The kept secrets ${file} cannot be read.`, { cause });
  }
  try {
    return Secrets.parse(JSON.parse(text));
  } catch (cause) {
    throw new StartError(`The kept secrets ${file} are damaged.`, { cause });
  }
};
