import * as z from "zod/mini";
import type { Clock } from "../support/clock.ts";
import { firstIssue } from "../support/shape.ts";
import type { SecretStore, SecretVersion, StoredSecret } from "./secret-store.ts";

/** An error that the service returns. `type` is the name in the response. */
export class SecretsManagerError extends Error {
  override readonly name = "SecretsManagerError";
  readonly type:
    | "ResourceNotFoundException"
    | "ResourceExistsException"
    | "InvalidParameterException"
    | "InvalidRequestException";

  constructor(type: SecretsManagerError["type"], message: string) {
    super(message);
    this.type = type;
  }
}

/**
 * Runs one operation by its name. Operations run one after the other, so each operation is atomic.
 * @throws SecretsManagerError if the service rejects the operation
 */
export type SecretsManager = (operation: string, input: unknown) => unknown;

/**
 * Creates the part of AWS Secrets Manager that a function needs to read and rotate a secret. Staging labels behave as on AWS. At
 * most one version has a label. A move names the version that must have the label now, so a move is a compare-and-swap. When
 * AWSCURRENT moves, AWSPREVIOUS moves to the version that had AWSCURRENT.
 * Source: GetSecretValue, PutSecretValue, UpdateSecretVersionStage, DescribeSecret in the Secrets Manager API reference.
 */
export const createSecretsManager = (store: SecretStore, clock: Clock): SecretsManager => {
  const operations: Record<string, (input: unknown) => unknown> = {
    GetSecretValue: (input) => {
      const { SecretId, VersionId, VersionStage } = parse(GetSecretValue, input);
      const secret = find(SecretId);
      const versionId = VersionId ?? findHolder(secret, VersionStage ?? "AWSCURRENT");
      const version = secret.versions[versionId ?? ""];
      if (versionId === undefined || version === undefined) {
        const wanted = VersionId ? `VersionId: ${VersionId}` : `staging label: ${VersionStage ?? "AWSCURRENT"}`;
        throw new SecretsManagerError(
          "ResourceNotFoundException",
          `Secrets Manager can't find the specified secret value for ${wanted}`,
        );
      }
      if (VersionStage !== undefined && !version.stages.includes(VersionStage)) {
        throw new SecretsManagerError(
          "InvalidRequestException",
          "You provided a VersionStage that is not associated to the provided VersionId.",
        );
      }
      return {
        ARN: secret.arn,
        Name: secret.name,
        VersionId: versionId,
        SecretString: version.secretString,
        VersionStages: version.stages,
        CreatedDate: version.createdAt,
      };
    },

    PutSecretValue: (input) => {
      const { SecretId, ClientRequestToken, SecretString, VersionStages } = parse(PutSecretValue, input);
      const secret = find(SecretId);
      const existing = secret.versions[ClientRequestToken];
      if (existing !== undefined && existing.secretString !== SecretString) {
        throw new SecretsManagerError(
          "ResourceExistsException",
          `You can't modify the existing version ${ClientRequestToken}; a version is created once.`,
        );
      }
      if (existing === undefined) {
        const createdAt = Math.floor(clock.now() / 1000);
        secret.versions[ClientRequestToken] = { secretString: SecretString, createdAt, stages: [] };
        for (const stage of VersionStages ?? ["AWSCURRENT"]) moveLabel(secret, stage, ClientRequestToken);
        removeOldVersions(secret);
        store.save();
      }
      const stages = secret.versions[ClientRequestToken]?.stages;
      return { ARN: secret.arn, Name: secret.name, VersionId: ClientRequestToken, VersionStages: stages };
    },

    UpdateSecretVersionStage: (input) => {
      const { SecretId, VersionStage, MoveToVersionId, RemoveFromVersionId } = parse(UpdateSecretVersionStage, input);
      const secret = find(SecretId);
      for (const versionId of [MoveToVersionId, RemoveFromVersionId]) {
        if (versionId !== undefined && secret.versions[versionId] === undefined) {
          throw new SecretsManagerError(
            "ResourceNotFoundException",
            `Secrets Manager can't find the specified secret version: ${versionId}`,
          );
        }
      }
      const holder = findHolder(secret, VersionStage);
      const isUnmoved = RemoveFromVersionId === undefined && (holder === undefined || holder === MoveToVersionId);
      if (holder !== RemoveFromVersionId && !isUnmoved) {
        throw new SecretsManagerError(
          "InvalidParameterException",
          `The staging label ${VersionStage} is currently attached to version ${holder ?? "none"}, so you must explicitly reference that version in RemoveFromVersionId.`,
        );
      }
      if (VersionStage === "AWSCURRENT" && MoveToVersionId === undefined) {
        throw new SecretsManagerError(
          "InvalidParameterException",
          "You can only move staging label AWSCURRENT to a different secret version. It can't be completely removed.",
        );
      }
      moveLabel(secret, VersionStage, MoveToVersionId);
      store.save();
      return { ARN: secret.arn, Name: secret.name };
    },

    DescribeSecret: (input) => {
      const secret = find(parse(DescribeSecret, input).SecretId);
      const labelled = Object.entries(secret.versions).filter(([, version]) => version.stages.length > 0);
      return {
        ARN: secret.arn,
        Name: secret.name,
        VersionIdsToStages: Object.fromEntries(labelled.map(([versionId, version]) => [versionId, version.stages])),
      };
    },
  };

  const find = (secretId: string): StoredSecret => {
    const secret = store.find(secretId);
    if (secret !== undefined) return secret;
    throw new SecretsManagerError("ResourceNotFoundException", "Secrets Manager can't find the specified secret.");
  };

  return (operation, input) => {
    const run = operations[operation];
    if (run === undefined) {
      throw new SecretsManagerError("InvalidRequestException", `${operation} is not emulated here.`);
    }
    return run(input);
  };
};

const secretId = { SecretId: z.string().check(z.minLength(1), z.maxLength(2048)) };
const versionId = z.string().check(z.minLength(32), z.maxLength(64));
const stage = z.string().check(z.minLength(1), z.maxLength(256));
const GetSecretValue = z.object({ ...secretId, VersionId: z.optional(versionId), VersionStage: z.optional(stage) });
const PutSecretValue = z.object({
  ...secretId,
  ClientRequestToken: versionId,
  SecretString: z.string().check(z.minLength(1), z.maxLength(65_536)),
  VersionStages: z.optional(z.array(stage).check(z.minLength(1), z.maxLength(20))),
});
const UpdateSecretVersionStage = z.object({
  ...secretId,
  VersionStage: stage,
  MoveToVersionId: z.optional(versionId),
  RemoveFromVersionId: z.optional(versionId),
});
const DescribeSecret = z.object(secretId);

const parse = <Schema extends z.ZodMiniType>(schema: Schema, input: unknown): z.infer<Schema> => {
  const parsed = z.safeParse(schema, input);
  if (parsed.success) return parsed.data;
  throw new SecretsManagerError("InvalidParameterException", firstIssue(parsed.error));
};

const findHolder = (secret: StoredSecret, label: string): string | undefined =>
  Object.entries(secret.versions).find(([, version]) => version.stages.includes(label))?.[0];

/** Moves the label to a version, or removes the label. AWSPREVIOUS moves to the version that loses AWSCURRENT. */
const moveLabel = (secret: StoredSecret, label: string, to: string | undefined): void => {
  const from = findHolder(secret, label);
  if (from === to) return;
  const source = from === undefined ? undefined : secret.versions[from];
  if (source !== undefined) source.stages = source.stages.filter((stage) => stage !== label);
  const target: SecretVersion | undefined = to === undefined ? undefined : secret.versions[to];
  target?.stages.push(label);
  if (label === "AWSCURRENT" && from !== undefined) moveLabel(secret, "AWSPREVIOUS", from);
};

/** The service removes the oldest versions without a label if more than 100 exist. */
const removeOldVersions = (secret: StoredSecret): void => {
  const deprecated = Object.entries(secret.versions).filter(([, version]) => version.stages.length === 0);
  for (const [versionId] of deprecated.slice(0, -100)) delete secret.versions[versionId];
};
