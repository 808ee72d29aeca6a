import { DynamoDBClient, type DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import * as z from "zod/mini";
import { env, readEnvironment } from "../wiring/environment.ts";

/**
 * A call that hangs must fail while the function can still answer 503: three tries of at most a second each fit into the
 * shortest function timeout (the authorizer's 5 s). The stack does not set the variable. `npm start` sets a larger limit,
 * because a developer's machine may be slow.
 */
const { CALL_ATTEMPT_MS: attemptMs = 1000 } = readEnvironment({ CALL_ATTEMPT_MS: z.optional(env.count) });

const limits = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: attemptMs / 2, requestTimeout: attemptMs, throwOnRequestTimeout: true },
};

/** `config` is for tests; a function has its region, credentials and endpoint from its environment. */
export const createDocumentClient = (config: DynamoDBClientConfig = {}): DynamoDBDocumentClient =>
  DynamoDBDocumentClient.from(new DynamoDBClient({ ...limits, ...config }), {
    marshallOptions: { removeUndefinedValues: true },
  });

export const createSecretsClient = (): SecretsManagerClient => new SecretsManagerClient(limits);
