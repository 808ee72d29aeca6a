import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { startEmbeddedEngine } from "../../local/dynamodb/embedded-engine.ts";
import { type LocalOptions, type LocalService, startLocal } from "../../local/local.ts";
import { aFolder, anAssembly, aRoute } from "./support/assembly.ts";
import { atEnd } from "./support/clean-up.ts";

/** A small client of DynamoDB and Secrets Manager without the SDK. */
const STORE = `
const call = async (url, type, target, body) => {
  const headers = { "content-type": type, "x-amz-target": target, "x-amz-date": "20260101T000000Z",
    authorization: "AWS4-HMAC-SHA256 Credential=a/b/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0" };
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
  return response.json();
};
const dynamodb = (operation, body) =>
  call(process.env.AWS_ENDPOINT_URL_DYNAMODB, "application/x-amz-json-1.0", "DynamoDB_20120810." + operation, body);
export const handler = async (event) => {
  const { put, query } = JSON.parse(event.body ?? "{}");
  const TableName = process.env.TABLE;
  if (put) await dynamodb("PutItem", { TableName, Item: put });
  const found = await dynamodb("Query", { TableName, ...(query ?? { KeyConditionExpression: "pk = :pk", ExpressionAttributeValues: { ":pk": { S: "a" } } }) });
  const secret = await call(process.env.AWS_ENDPOINT_URL_SECRETS_MANAGER, "application/x-amz-json-1.1", "secretsmanager.GetSecretValue", { SecretId: process.env.SECRET });
  return { body: JSON.stringify({ found, secret: secret.SecretString }) };
};`;

const byBucket = {
  IndexName: "Revocations",
  KeyConditionExpression: "feedBucket = :bucket",
  ExpressionAttributeValues: { ":bucket": { S: "7" } },
};

const assemblyWith = (keyName: string) =>
  anAssembly({
    functions: { Store: STORE, Setup: STORE },
    functionProperties: { Environment: { Variables: { TABLE: { Ref: "Rows" }, SECRET: { Ref: "Ring" } } } },
    resources: {
      ...aRoute({ path: "rows", function: "Store" }),
      Rows: {
        Type: "AWS::DynamoDB::Table",
        Properties: {
          AttributeDefinitions: [
            { AttributeName: keyName, AttributeType: "S" },
            { AttributeName: "feedBucket", AttributeType: "S" },
          ],
          KeySchema: [{ AttributeName: keyName, KeyType: "HASH" }],
          GlobalSecondaryIndexes: [
            {
              IndexName: "Revocations",
              KeySchema: [{ AttributeName: "feedBucket", KeyType: "HASH" }],
              Projection: { ProjectionType: "KEYS_ONLY" },
            },
          ],
          TimeToLiveSpecification: { AttributeName: "expiresAt", Enabled: true },
        },
      },
      Ring: {
        Type: "AWS::SecretsManager::Secret",
        Properties: {
          GenerateSecretString: {
            SecretStringTemplate: '{"version":1}',
            GenerateStringKey: "rootSecret",
            PasswordLength: 64,
            ExcludePunctuation: true,
          },
        },
      },
      AtDeploy: { Type: "Custom::RunOnce", Properties: { FunctionArn: { "Fn::GetAtt": ["Setup", "Arn"] } } },
    },
  });

const start = async (options: Partial<LocalOptions>, keyName = "pk"): Promise<LocalService> => {
  const assembly = assemblyWith(keyName);
  const service = await startLocal({ port: 0, dataDirectory: undefined, ...options, assembly: async () => assembly });
  atEnd(service.stop);
  return service;
};
const post = async (service: LocalService, body: object) => {
  const response = await fetch(`${service.url}/rows`, { method: "POST", body: JSON.stringify(body) });
  return Response.parse(await response.json());
};
const Response = z.object({ found: z.looseObject({ Items: z.array(z.unknown()) }), secret: z.string() });

const row = { pk: { S: "a" }, feedBucket: { S: "7" } };

describe("the data of a service", () => {
  it("has the tables, indexes and generated secrets of the template", async () => {
    const service = await start({});
    expect(await post(service, { put: row })).toMatchObject({ found: { Items: [row] } });
    const { found, secret } = await post(service, { query: byBucket });
    expect(found.Items).toEqual([row]);
    expect(JSON.parse(secret)).toEqual({ version: 1, rootSecret: expect.stringMatching(/^[A-Za-z0-9]{64}$/) });
  });

  it("stays in the folder from one start to the next", async () => {
    const dataDirectory = join(aFolder(), "data");
    const first = await start({ dataDirectory });
    const before = await post(first, { put: row });
    await first.stop();
    const second = await start({ dataDirectory });
    expect(await post(second, {})).toEqual(before);
    await second.stop();
  });

  it("ends with the process if the data is in memory", async () => {
    const first = await start({});
    await post(first, { put: row });
    await first.stop();
    expect(await post(await start({}), {})).toMatchObject({ found: { Items: [] } });
  });

  it("may be in another engine", async () => {
    const engine = await startEmbeddedEngine(undefined);
    atEnd(engine.stop);
    const first = await start({ dynamoDbEndpoint: engine.url });
    await post(first, { put: row });
    const second = await start({ dynamoDbEndpoint: engine.url });
    expect(await post(second, {})).toMatchObject({ found: { Items: [row] } });
  });
});

describe("DynamoDB operations", () => {
  it("are counted by function and operation, also during the deployment", async () => {
    const service = await start({});
    await post(service, { put: row });
    await post(service, {});
    expect(service.calls()).toEqual({ setup: { Query: 1 }, store: { PutItem: 1, Query: 2 } });
    service.resetCalls();
    expect(service.calls()).toEqual({});
  });
});

describe("a service that cannot have its data", () => {
  it.each([
    ["a folder that is a file", (folder: string) => join(folder, "file")],
    ["a folder below a file", (folder: string) => join(folder, "file", "data")],
  ])("does not start with %s", async (_, dataDirectory) => {
    const folder = aFolder();
    writeFileSync(join(folder, "file"), "");
    await expect(start({ dataDirectory: dataDirectory(folder) })).rejects.toMatchObject({
      name: "StartError",
      message: expect.stringMatching(/^The data folder .+ cannot be used: .+$/),
    });
  });

  it("does not start with a folder that another service uses, and starts after the other service has stopped", async () => {
    const dataDirectory = join(aFolder(), "data");
    const first = await start({ dataDirectory });
    await expect(start({ dataDirectory })).rejects.toThrow("another process is using it");
    await first.stop();
    await (await start({ dataDirectory })).stop();
  });

  it("does not start with tables of another shape", async () => {
    const dataDirectory = join(aFolder(), "data");
    await (await start({ dataDirectory })).stop();
    await expect(start({ dataDirectory }, "otherKey")).rejects.toThrow("has other keys or indexes than the template");
  });

  it.each([["not JSON"], ['{"ring":1}']])("does not start with damaged secrets: %s", async (content) => {
    const dataDirectory = aFolder();
    writeFileSync(join(dataDirectory, "secrets.json"), content);
    await expect(start({ dataDirectory })).rejects.toThrow(
      /^The file of secrets .+ is damaged\. Remove the data folder, or use --memory\.$/,
    );
  });

  it("does not start with an engine that does not respond", async () => {
    await expect(start({ dynamoDbEndpoint: "http://127.0.0.1:1" })).rejects.toThrow(
      "The DynamoDB at http://127.0.0.1:1 does not respond.",
    );
  });
});
