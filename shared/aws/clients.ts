import { DynamoDBClient, type DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
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

/** `config` is for tests; a function has its region, credentials and endpoint from its environment. */
export const createDocumentClient = (config: DynamoDBClientConfig = {}): DynamoDBDocumentClient =>
  DynamoDBDocumentClient.from(new DynamoDBClient({ ...limits, ...config }), {
    marshallOptions: { removeUndefinedValues: true },
  });

export const createSecretsClient = (): SecretsManagerClient => new SecretsManagerClient(limits);
