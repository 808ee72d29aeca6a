import type { CreateTableCommandInput } from "@aws-sdk/client-dynamodb";
import { App, Stack } from "aws-cdk-lib";
import type { Template } from "aws-cdk-lib/assertions";
import { describe, expect, it } from "vitest";
import { KeyRing } from "../../infra/constructs/key-ring.ts";
import { Tables } from "../../infra/constructs/tables.ts";
import { toRetention } from "../../infra/retention.ts";
import { tables as testTables } from "../support/dynamodb.ts";
import { getTemplate } from "./synthesize.ts";

const storage = (stage: "dev" | "prod"): Template => {
  const stack = new Stack(new App(), "Storage");
  new Tables(stack, "Tables", toRetention(stage));
  new KeyRing(stack, "KeyRing", toRetention(stage));
  return getTemplate(stack);
};

const dev = storage("dev");
const prod = storage("prod");

type Shape = Pick<
  CreateTableCommandInput,
  "AttributeDefinitions" | "KeySchema" | "GlobalSecondaryIndexes" | "LocalSecondaryIndexes"
>;

const getKey = (name: string, range?: string) => [
  { AttributeName: name, KeyType: "HASH" },
  ...(range === undefined ? [] : [{ AttributeName: range, KeyType: "RANGE" }]),
];

describe("the tables", () => {
  it.each([
    ["Users", getKey("pk")],
    ["Sessions", getKey("userId", "sessionId")],
    ["Throttle", getKey("pk")],
    ["Keys", getKey("pk")],
  ])("%s has its key, is paid by request, and deletes rows after expiresAt (S2)", (name, KeySchema) => {
    const [table] = Object.entries(dev.findResources("AWS::DynamoDB::Table")).filter(([id]) => id.includes(name));
    expect(table?.[1]["Properties"]).toMatchObject({
      KeySchema,
      BillingMode: "PAY_PER_REQUEST",
      SSESpecification: { SSEEnabled: true },
      TimeToLiveSpecification: { AttributeName: "expiresAt", Enabled: true },
    });
  });

  it("index revocations and password changes by bucket and time, with the two attributes that distinguish them", () => {
    dev.hasResourceProperties("AWS::DynamoDB::Table", {
      GlobalSecondaryIndexes: [
        {
          IndexName: "Revocations",
          KeySchema: getKey("feedBucket", "feedAt"),
          Projection: { ProjectionType: "INCLUDE", NonKeyAttributes: ["revokedAt", "credentialVersion"] },
        },
      ],
      AttributeDefinitions: [
        { AttributeName: "userId", AttributeType: "S" },
        { AttributeName: "sessionId", AttributeType: "S" },
        { AttributeName: "feedBucket", AttributeType: "S" },
        { AttributeName: "feedAt", AttributeType: "N" },
        { AttributeName: "liveUntil", AttributeType: "N" },
      ],
    });
  });

  it("index open sessions by user, in an index that supports consistent reads", () => {
    dev.hasResourceProperties("AWS::DynamoDB::Table", {
      LocalSecondaryIndexes: [
        {
          IndexName: "LiveSessions",
          KeySchema: getKey("userId", "liveUntil"),
          Projection: { ProjectionType: "ALL" },
        },
      ],
    });
  });

  it.each(testTables)(
    "$TableName has the same keys and indexes in the tests as in the stack",
    ({ TableName, ...table }) => {
      const declared = Object.entries(dev.findResources("AWS::DynamoDB::Table")).filter(([id]) =>
        id.startsWith(`Tables${TableName}`),
      );
      expect(declared).toHaveLength(1);
      const getShape = ({ AttributeDefinitions, KeySchema, GlobalSecondaryIndexes, LocalSecondaryIndexes }: Shape) => ({
        attributes: new Set(AttributeDefinitions?.map((attribute) => JSON.stringify(attribute))),
        KeySchema,
        GlobalSecondaryIndexes,
        LocalSecondaryIndexes,
      });
      expect(getShape(table)).toEqual(getShape(declared[0]?.[1]["Properties"]));
    },
  );

  it("stay when a prod stack is deleted, can be restored to any second, and have deletion protection (I3)", () => {
    prod.resourceCountIs("AWS::DynamoDB::Table", 4);
    prod.allResources("AWS::DynamoDB::Table", {
      DeletionPolicy: "Retain",
      UpdateReplacePolicy: "Retain",
      Properties: {
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      },
    });
  });

  it("are deleted with a dev stack", () => {
    dev.allResources("AWS::DynamoDB::Table", {
      DeletionPolicy: "Delete",
      Properties: { DeletionProtectionEnabled: false },
    });
  });
});

describe("the key ring", () => {
  it("never changes how its first value is generated, because CloudFormation would replace every key and the root secret", () => {
    for (const template of [dev, prod]) {
      const [secret] = Object.values(template.findResources("AWS::SecretsManager::Secret"));
      expect(secret?.["Properties"].GenerateSecretString).toEqual({
        SecretStringTemplate: "{}",
        GenerateStringKey: "rootSecret",
        PasswordLength: 64,
        ExcludePunctuation: true,
      });
    }
  });

  it("stays when a prod stack is deleted (I3)", () => {
    prod.allResources("AWS::SecretsManager::Secret", { DeletionPolicy: "Retain", UpdateReplacePolicy: "Retain" });
    dev.allResources("AWS::SecretsManager::Secret", { DeletionPolicy: "Delete" });
  });
});
