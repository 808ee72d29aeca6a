import { once } from "node:events";
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DynamoDBClient,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { createDynaliteServer } from "../../local/dynamodb/dynalite-server.ts";

type TableNames = {
  readonly users: string;
  readonly sessions: string;
  readonly throttle: string;
  readonly keys: string;
};

export type TestDynamoDb = {
  readonly documentClient: DynamoDBDocumentClient;
  readonly endpoint: string;
  readonly tableNames: TableNames;
  /** Creates another client, for a test that changes its `middlewareStack`. `stop` closes the client. */
  readonly newDocumentClient: () => DynamoDBDocumentClient;
  readonly stop: () => Promise<void>;
};

const tableNames: TableNames = { users: "Users", sessions: "Sessions", throttle: "Throttle", keys: "Keys" };

const keyedByPk = (TableName: string): CreateTableCommandInput => ({
  TableName,
  BillingMode: "PAY_PER_REQUEST",
  AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
  KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
});

/** The keys and indexes of the tables. `test/infra/storage.test.ts` compares them with the template of the stack. */
export const tables: readonly CreateTableCommandInput[] = [
  keyedByPk(tableNames.users),
  keyedByPk(tableNames.throttle),
  keyedByPk(tableNames.keys),
  {
    TableName: tableNames.sessions,
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: [
      { AttributeName: "userId", AttributeType: "S" },
      { AttributeName: "sessionId", AttributeType: "S" },
      { AttributeName: "feedBucket", AttributeType: "S" },
      { AttributeName: "feedAt", AttributeType: "N" },
      { AttributeName: "liveUntil", AttributeType: "N" },
    ],
    KeySchema: [
      { AttributeName: "userId", KeyType: "HASH" },
      { AttributeName: "sessionId", KeyType: "RANGE" },
    ],
    LocalSecondaryIndexes: [
      {
        IndexName: "LiveSessions",
        KeySchema: [
          { AttributeName: "userId", KeyType: "HASH" },
          { AttributeName: "liveUntil", KeyType: "RANGE" },
        ],
        Projection: { ProjectionType: "ALL" },
      },
    ],
    GlobalSecondaryIndexes: [
      {
        IndexName: "Revocations",
        KeySchema: [
          { AttributeName: "feedBucket", KeyType: "HASH" },
          { AttributeName: "feedAt", KeyType: "RANGE" },
        ],
        Projection: { ProjectionType: "INCLUDE", NonKeyAttributes: ["revokedAt", "credentialVersion"] },
      },
    ],
  },
];

/** Starts an empty database in this process, with HTTP on a free port. The caller must call `stop`. */
export const startDynamoDb = async (): Promise<TestDynamoDb> => {
  const server = createDynaliteServer({ createTableMs: 0 });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("dynalite listens on no port");
  const endpoint = `http://127.0.0.1:${address.port}`;

  const clients: DynamoDBClient[] = [];
  const newClient = (): DynamoDBClient => {
    const credentials = { accessKeyId: "local", secretAccessKey: "local" };
    const client = new DynamoDBClient({ endpoint, region: "eu-central-1", credentials });
    clients.push(client);
    return client;
  };
  const newDocumentClient = (): DynamoDBDocumentClient =>
    DynamoDBDocumentClient.from(newClient(), { marshallOptions: { removeUndefinedValues: true } });

  const client = newClient();
  for (const table of tables) {
    await client.send(new CreateTableCommand(table));
    await waitUntilTableExists({ client, maxWaitTime: 120, minDelay: 1, maxDelay: 1 }, { TableName: table.TableName });
  }
  return {
    documentClient: newDocumentClient(),
    endpoint,
    tableNames,
    newDocumentClient,
    stop: async () => {
      for (const opened of clients) opened.destroy();
      server.closeAllConnections();
      await new Promise<void>((resolve, reject) => server.close((error) => (error ? reject(error) : resolve())));
    },
  };
};
