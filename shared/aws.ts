import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";

/**
 * A call that hangs must fail while the function can still answer 503: three tries of at most a second each fit into the
 * shortest function timeout (the authorizer's 5 s).
 */
const limits = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 500, requestTimeout: 1000, throwOnRequestTimeout: true },
};

export const createDocumentClient = (): DynamoDBDocumentClient =>
  DynamoDBDocumentClient.from(new DynamoDBClient(limits), { marshallOptions: { removeUndefinedValues: true } });

export const createSecretsClient = (): SecretsManagerClient => new SecretsManagerClient(limits);
