import { randomUUID } from "node:crypto";
import { statSync } from "node:fs";
import { join } from "node:path";
import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from "@aws-sdk/client-secrets-manager";
import { beforeEach, describe, expect, it } from "vitest";
import { startAwsEndpoint } from "../../../local/aws-endpoint.ts";
import { createRemoteEngine } from "../../../local/dynamodb/remote-engine.ts";
import { openSecretStore } from "../../../local/secrets-manager/secret-store.ts";
import { createSecretsManager } from "../../../local/secrets-manager/secrets-manager.ts";
import { createClock } from "../../../local/support/clock.ts";
import { aFolder } from "../support/assembly.ts";
import { atEnd } from "../support/clean-up.ts";

const SECRET = {
  arn: "arn:aws:secretsmanager:us-east-1:0:secret:ring-Local1",
  name: "ring",
  createFirstValue: () => "first",
};
const SecretId = SECRET.arn;

/** Creates a client of the SDK for a Secrets Manager with one secret, in the file or in memory. */
const aSecretsManager = async (file?: string) => {
  const store = openSecretStore(file);
  store.create(SECRET, 1_700_000_000);
  const endpoint = await startAwsEndpoint(
    createRemoteEngine("http://127.0.0.1:1"),
    createSecretsManager(store, createClock()),
  );
  atEnd(endpoint.stop);
  return new SecretsManagerClient({
    endpoint: `${endpoint.url}/test`,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
};

let client: SecretsManagerClient;
let firstVersion: string;

const getVersion = async (VersionStage: string) =>
  (await client.send(new GetSecretValueCommand({ SecretId, VersionStage }))).VersionId;
const put = async (SecretString: string, VersionStages?: string[], ClientRequestToken: string = randomUUID()) => {
  await client.send(new PutSecretValueCommand({ SecretId, SecretString, ClientRequestToken, VersionStages }));
  return ClientRequestToken;
};
const move = (VersionStage: string, RemoveFromVersionId: string | undefined, MoveToVersionId: string | undefined) =>
  client.send(new UpdateSecretVersionStageCommand({ SecretId, VersionStage, RemoveFromVersionId, MoveToVersionId }));

beforeEach(async () => {
  client = await aSecretsManager();
  firstVersion = (await getVersion("AWSCURRENT")) ?? "";
});

describe("a secret", () => {
  it("is read by ARN or name, at its current version", async () => {
    for (const id of [SecretId, "ring"]) {
      expect(await client.send(new GetSecretValueCommand({ SecretId: id }))).toMatchObject({
        ARN: SecretId,
        Name: "ring",
        SecretString: "first",
        VersionId: firstVersion,
        VersionStages: ["AWSCURRENT"],
        CreatedDate: new Date(1_700_000_000_000),
      });
    }
  });

  it.each([
    ["secret", { SecretId: "other" }],
    ["label", { SecretId, VersionStage: "AWSPENDING" }],
    ["version", { SecretId, VersionId: randomUUID() }],
  ])("is not found by an unknown %s", async (_, input) => {
    await expect(client.send(new GetSecretValueCommand(input))).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
  });

  it("is not read by a version and a label that do not belong together", async () => {
    const input = { SecretId, VersionId: firstVersion, VersionStage: "AWSPENDING" };
    await expect(client.send(new GetSecretValueCommand(input))).rejects.toMatchObject({
      name: "InvalidRequestException",
    });
  });

  it("is described by the labels of its versions", async () => {
    const staged = await put("second", ["STAGED"]);
    const { VersionIdsToStages } = await client.send(new DescribeSecretCommand({ SecretId }));
    expect(VersionIdsToStages).toEqual({ [firstVersion]: ["AWSCURRENT"], [staged]: ["STAGED"] });
  });

  it("responds with an error to an operation that is not emulated", async () => {
    await expect(client.send(new ListSecretsCommand())).rejects.toMatchObject({ name: "InvalidRequestException" });
  });
});

describe("a new version", () => {
  it("becomes current, and the version before becomes previous", async () => {
    const second = await put("second");
    expect(await getVersion("AWSCURRENT")).toBe(second);
    expect(await getVersion("AWSPREVIOUS")).toBe(firstVersion);
    const third = await put("third");
    expect(await getVersion("AWSCURRENT")).toBe(third);
    expect(await getVersion("AWSPREVIOUS")).toBe(second);
  });

  it("with other labels does not change the current version", async () => {
    const staged = await put("second", ["STAGED"]);
    expect(await getVersion("AWSCURRENT")).toBe(firstVersion);
    expect(await getVersion("STAGED")).toBe(staged);
  });

  it("moves its label from the version that had the label", async () => {
    await put("second", ["STAGED"]);
    const third = await put("third", ["STAGED"]);
    expect(await getVersion("STAGED")).toBe(third);
  });

  it("can be sent twice with one token, but not with another value", async () => {
    const token = await put("second");
    await put("third");
    await put("second", undefined, token);
    expect(await getVersion("AWSCURRENT")).not.toBe(token);
    await expect(put("other", undefined, token)).rejects.toMatchObject({ name: "ResourceExistsException" });
  });

  it("needs a token of at least 32 characters", async () => {
    await expect(put("second", undefined, "short")).rejects.toMatchObject({ name: "InvalidParameterException" });
  });
});

describe("the move of a label, by which two writers exclude each other (K3)", () => {
  it("succeeds for the first of two callers that read the same version, and fails for the second", async () => {
    const [mine, theirs] = [await put("mine", ["STAGED"]), await put("theirs", ["STAGED"])];
    await move("AWSCURRENT", firstVersion, theirs);
    await expect(move("AWSCURRENT", firstVersion, mine)).rejects.toMatchObject({ name: "InvalidParameterException" });
    expect(await getVersion("AWSCURRENT")).toBe(theirs);
    expect(await getVersion("AWSPREVIOUS")).toBe(firstVersion);
  });

  it("fails if it does not name the version that has the label", async () => {
    const staged = await put("second", ["STAGED"]);
    await expect(move("AWSCURRENT", undefined, staged)).rejects.toMatchObject({ name: "InvalidParameterException" });
  });

  it("fails if no version has the label to remove", async () => {
    const staged = await put("second", ["STAGED"]);
    await expect(move("OTHER", firstVersion, staged)).rejects.toMatchObject({ name: "InvalidParameterException" });
  });

  it("fails for a version that does not exist", async () => {
    await expect(move("AWSCURRENT", firstVersion, randomUUID())).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
  });

  it("adds a label that no version has, and removes the label again", async () => {
    await move("MARK", undefined, firstVersion);
    expect(await getVersion("MARK")).toBe(firstVersion);
    await move("MARK", firstVersion, undefined);
    await expect(getVersion("MARK")).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });

  it("never leaves the secret without a current version", async () => {
    await expect(move("AWSCURRENT", firstVersion, undefined)).rejects.toMatchObject({
      name: "InvalidParameterException",
    });
  });
});

describe("a secret in the data folder", () => {
  it("is kept after the process ends, in a file that only the owner can read (S1)", async () => {
    const file = join(aFolder(), "data", "secrets.json");
    client = await aSecretsManager(file);
    const second = await put("second");
    client = await aSecretsManager(file);
    expect(await getVersion("AWSCURRENT")).toBe(second);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });
});
