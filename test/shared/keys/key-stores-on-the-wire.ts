import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { startAwsEndpoint } from "../../../local/aws-endpoint.ts";
import { createRemoteEngine } from "../../../local/dynamodb/remote-engine.ts";
import { openSecretStore } from "../../../local/secrets-manager/secret-store.ts";
import { createSecretsManager } from "../../../local/secrets-manager/secrets-manager.ts";
import { createClock } from "../../../local/support/clock.ts";
import { keyStores } from "../../../shared/keys/rotate-keys.ts";
import { startDynamoDb } from "../../support/dynamodb.ts";
import { ROOT_SECRET } from "./builders.ts";

export const SECRET_ID = "arn:aws:secretsmanager:eu-central-1:000000000000:secret:KeyRing-abcdef";

/**
 * Starts the stores of a new deployment over HTTP: an embedded DynamoDB and the local Secrets Manager. Call `stop` at the end.
 */
export const startKeyStores = async () => {
  const database = await startDynamoDb();
  const secretStore = openSecretStore(undefined);
  secretStore.create(
    { arn: SECRET_ID, name: "KeyRing", createFirstValue: () => JSON.stringify({ rootSecret: ROOT_SECRET }) },
    0,
  );
  const endpoint = await startAwsEndpoint(
    createRemoteEngine(database.endpoint),
    createSecretsManager(secretStore, createClock()),
  );

  const clients: SecretsManagerClient[] = [];
  const newSecretsClient = (url = endpoint.url): SecretsManagerClient => {
    const credentials = { accessKeyId: "local", secretAccessKey: "local" };
    const client = new SecretsManagerClient({ endpoint: url, region: "eu-central-1", credentials });
    clients.push(client);
    return client;
  };

  const aws = {
    secrets: newSecretsClient(),
    secretId: SECRET_ID,
    dynamodb: database.documentClient,
    keysTable: database.tableNames.keys,
  };
  return {
    aws,
    /** The address of both services. */
    url: endpoint.url,
    stores: keyStores(aws),
    newSecretsClient,
    newDocumentClient: database.newDocumentClient,
    stop: async () => {
      for (const client of clients) client.destroy();
      await endpoint.stop();
      await database.stop();
    },
  };
};
