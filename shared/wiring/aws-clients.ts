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
 * A client of DynamoDB with a deadline for every attempt and every call.
 * @param config for tests: a function has its region, credentials and endpoint from its environment
 * @param limits @default three attempts of one second
 */
export const createDocumentClient = (
  config: DynamoDBClientConfig = {},
  limits: CallLimits = limitsFromEnvironment(),
): DynamoDBDocumentClient =>
  DynamoDBDocumentClient.from(boundedCalls(new DynamoDBClient({ ...boundedAttempts(limits), ...config }), limits), {
    marshallOptions: { removeUndefinedValues: true },
  });

/** A client of Secrets Manager with the same deadlines. */
export const createSecretsClient = (limits: CallLimits = limitsFromEnvironment()): SecretsManagerClient =>
  boundedCalls(new SecretsManagerClient(boundedAttempts(limits)), limits);
