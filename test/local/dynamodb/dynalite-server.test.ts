import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  DynamoDBClient,
  PutItemCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { PutCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, describe, expect } from "vitest";
import type { TestDynamoDb } from "../../support/dynamodb.ts";
import { it } from "../../support/it.ts";

let database: TestDynamoDb;
let client: DynamoDBClient;
const TableName = "Users";
const Key = { pk: { S: "row" } };
const row = {
  ...Key,
  version: { N: "7" },
  bytes: { B: Buffer.from([0, 255]) },
  colours: { SS: ["a", "b"] },
  nested: { M: { list: { L: [{ BOOL: true }, { NULL: true }] } } },
};

it.beforeAll(async ({ database: started }) => {
  database = started;
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  client = new DynamoDBClient({ endpoint: database.endpoint, region: "eu-central-1", credentials });
  await database.documentClient.send(new PutCommand({ TableName, Item: { pk: "documents", version: 7 } }));
  await client.send(new PutItemCommand({ TableName, Item: row }));
});
afterAll(() => client.destroy());

const condition = { ConditionExpression: "version = :v", ExpressionAttributeValues: { ":v": { N: "8" } } };
const returnsOldRow = { ReturnValuesOnConditionCheckFailure: "ALL_OLD" } as const;
const writes = {
  PutItem: (more: object) => client.send(new PutItemCommand({ TableName, Item: Key, ...condition, ...more })),
  UpdateItem: (more: object) =>
    client.send(new UpdateItemCommand({ TableName, Key, UpdateExpression: "REMOVE colours", ...condition, ...more })),
  DeleteItem: (more: object) => client.send(new DeleteItemCommand({ TableName, Key, ...condition, ...more })),
};

const catchRejection = async (sent: Promise<unknown>): Promise<ConditionalCheckFailedException> => {
  const error = await sent.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  if (error instanceof ConditionalCheckFailedException) return error;
  throw new Error(`The write was not rejected by its condition: ${String(error)}`);
};

describe.each(Object.entries(writes))("%s", (_, write) => {
  it("returns the old row with a rejected write if the caller asks for the row", async () => {
    const error = await catchRejection(write(returnsOldRow));
    expect(error).toMatchObject({ message: "The conditional request failed", $metadata: { httpStatusCode: 400 } });
    expect(error.Item).toEqual({ ...row, bytes: { B: Uint8Array.from([0, 255]) } });
  });

  it.each([{}, { ReturnValuesOnConditionCheckFailure: "NONE" }])(
    "returns no row for the parameters %j",
    async (more) => {
      const error = await catchRejection(write(more));
      expect(error.Item).toBeUndefined();
    },
  );

  it("rejects another value of the parameter", async () => {
    const sent = write({ ReturnValuesOnConditionCheckFailure: "UPDATED_OLD" });
    await expect(sent).rejects.toMatchObject({ name: "ValidationException" });
  });
});

it("returns no row with a rejected write if there is no row", async () => {
  const missing = { TableName, Key: { pk: { S: "missing" } }, ConditionExpression: "attribute_exists(pk)" };
  const error = await catchRejection(client.send(new DeleteItemCommand({ ...missing, ...returnsOldRow })));
  expect(error.Item).toBeUndefined();
});

it("returns the old row to the document client as attribute values, which the client does not unmarshall", async () => {
  const error = await catchRejection(
    database.documentClient.send(
      new UpdateCommand({
        TableName,
        Key: { pk: "documents" },
        UpdateExpression: "SET version = :v",
        ConditionExpression: "version = :v",
        ExpressionAttributeValues: { ":v": 8 },
        ...returnsOldRow,
      }),
    ),
  );
  expect(error.Item).toEqual({ pk: { S: "documents" }, version: { N: "7" } });
});

it("returns the row that rejected the write, also among many writes at the same time", async () => {
  const writers = 12;
  const rounds = 5;
  const start = { TableName, Item: { pk: { S: "race" }, version: { N: "0" } } };
  await client.send(new PutItemCommand(start));

  // Each writer tries to make the step from the version that it knows. A rejected writer learns the version from the rejection.
  const write = async (known: number, done: number, rejections: number): Promise<number> => {
    if (done === rounds) return rejections;
    try {
      await client.send(
        new UpdateItemCommand({
          TableName,
          Key: { pk: { S: "race" } },
          UpdateExpression: "SET version = :next",
          ConditionExpression: "version = :known",
          ExpressionAttributeValues: { ":known": { N: String(known) }, ":next": { N: String(known + 1) } },
          ...returnsOldRow,
        }),
      );
      return await write(known + 1, done + 1, rejections);
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      const seen = Number(error.Item?.["version"]?.N);
      // A row that was read later could have any version, also one that the condition accepts.
      expect(seen).toBeGreaterThan(known);
      return await write(seen, done, rejections + 1);
    }
  };
  const rejections = await Promise.all(Array.from({ length: writers }, () => write(0, 0, 0)));

  expect(rejections.reduce((sum, count) => sum + count)).toBeGreaterThan(writers);
  const last = await catchRejection(
    client.send(new PutItemCommand({ ...start, ConditionExpression: "attribute_not_exists(pk)", ...returnsOldRow })),
  );
  expect(last.Item?.["version"]).toEqual({ N: String(writers * rounds) });
});

it("never returns a row that the condition accepts, while another writer changes the row", async () => {
  // One writer moves the row between two states. A rejection must never show the state that the condition accepts.
  const flag = (value: boolean) => ({ TableName, Item: { pk: { S: "flag" }, on: { BOOL: value } } });
  await client.send(new PutItemCommand(flag(false)));
  const toggles = async (): Promise<void> => {
    for (let i = 0; i < 100; i += 1) await client.send(new PutItemCommand(flag(i % 2 === 0)));
  };
  const probe = async (): Promise<void> => {
    for (let i = 0; i < 25; i += 1) {
      const wanted = i % 2 === 0;
      await client
        .send(
          new UpdateItemCommand({
            TableName,
            Key: { pk: { S: "flag" } },
            UpdateExpression: "SET probe = :wanted",
            ConditionExpression: "#on = :wanted",
            ExpressionAttributeNames: { "#on": "on" },
            ExpressionAttributeValues: { ":wanted": { BOOL: wanted } },
            ...returnsOldRow,
          }),
        )
        .catch((error: unknown) => {
          expect(error).toMatchObject({ Item: { on: { BOOL: !wanted } } });
        });
    }
  };
  await Promise.all([toggles(), ...Array.from({ length: 8 }, probe)]);
});

it("does not know transactions, which the service does not use", async () => {
  const item = { Put: { TableName, Item: Key } };
  const sent = client.send(new TransactWriteItemsCommand({ TransactItems: [item] }));
  await expect(sent).rejects.toMatchObject({ name: "UnknownOperationException" });
});
