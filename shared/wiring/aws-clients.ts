import { DynamoDBClient, type DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import * as z from "zod/mini";
import { boundedAttempts, boundedCalls, type CallLimits } from "../aws/call-limits.ts";
import { env, readEnvironment } from "./environment.ts";

/**
 * The limits of every call to DynamoDB and Secrets Manager: three attempts of one second each. The stack does not set the
 * variable. `npm start` sets a larger limit, because a developer's machine may be slow.
 */
const limitsFromEnvironment = (): CallLimits => {
  const { CALL_ATTEMPT_MS: attemptMs = 1000 } = readEnvironment({ CALL_ATTEMPT_MS: z.optional(env.count) });
  return { attemptMs, callMs: 3.5 * attemptMs, maxAttempts: 3 };
};

/**
 * Creates a DynamoDB client with a deadline for every attempt and every call.
 * @param config only for tests. The AWS SDK reads region, credentials and endpoint from the environment of a function
 * @param limits @default three attempts of one second
 */
export const createDocumentClient = (
  config: DynamoDBClientConfig = {},
  limits: CallLimits = limitsFromEnvironment(),
): DynamoDBDocumentClient =>
  DynamoDBDocumentClient.from(boundedCalls(new DynamoDBClient({ ...boundedAttempts(limits), ...config }), limits), {
    marshallOptions: { removeUndefinedValues: true },
  });

/** Creates a Secrets Manager client with the same deadlines. */
export const createSecretsClient = (limits: CallLimits = limitsFromEnvironment()): SecretsManagerClient =>
  boundedCalls(new SecretsManagerClient(boundedAttempts(limits)), limits);
