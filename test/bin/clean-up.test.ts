import { execFile } from "node:child_process";
import { join } from "node:path";
import { CloudFormationClient } from "@aws-sdk/client-cloudformation";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { deleteFailedDeployment, findFailedDeployment } from "../../bin/failed-deployment.ts";
import { type FakeAws, startFakeAws } from "./fake-aws.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const TABLES = ["Users", "Sessions", "Throttle", "Keys"];
const SECRET = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:KeyRing-abc";

let aws: FakeAws;

/** The resources that the rollback of a first deployment with `stage=prod` leaves behind. */
beforeEach(async () => {
  aws = await startFakeAws("latchkey-prod");
  for (const name of TABLES) {
    const id = `latchkey-prod-${name}`;
    aws.tables.set(id, { protected: true, slow: false, updates: 0, items: 0 });
    aws.resources.push({ name: `Tables${name}1A2B3C4D`, type: "AWS::DynamoDB::Table", id, status: "DELETE_SKIPPED" });
  }
  aws.secrets.set(SECRET, "there");
  aws.resources.push(
    { name: "KeyRing1A2B3C4D", type: "AWS::SecretsManager::Secret", id: SECRET, status: "DELETE_SKIPPED" },
    { name: "WebOriginSecret", type: "AWS::SecretsManager::Secret", id: "gone", status: "DELETE_COMPLETE" },
    { name: "Login", type: "AWS::Lambda::Function", id: "login", status: "DELETE_COMPLETE" },
  );
});
afterEach(() => aws.stop());

/** Runs the command as an operator does. */
const cleanUp = (
  ...args: readonly string[]
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> =>
  new Promise((resolve) => {
    const env = {
      PATH: process.env["PATH"],
      AWS_ENDPOINT_URL: aws.url,
      AWS_REGION: "eu-central-1",
      AWS_ACCESS_KEY_ID: "fake",
      AWS_SECRET_ACCESS_KEY: "fake",
      AWS_MAX_ATTEMPTS: "1",
    };
    const command = ["--import", "tsx", join(ROOT, "bin", "clean-up.ts"), ...args];
    execFile(process.execPath, command, { cwd: ROOT, env }, (error, out, err) =>
      resolve({ code: typeof error?.code === "number" ? error.code : 0, out, err }),
    );
  });

/** Runs the same code without a process. Resolves to the lines that it prints. */
const cleanUpHere = async (): Promise<readonly string[]> => {
  const options = {
    endpoint: aws.url,
    region: "eu-central-1",
    credentials: { accessKeyId: "fake", secretAccessKey: "fake" },
    maxAttempts: 1,
  };
  const clients = {
    cloudFormation: new CloudFormationClient(options),
    dynamodb: new DynamoDBClient(options),
    secrets: new SecretsManagerClient(options),
  };
  const lines: string[] = [];
  const found = await findFailedDeployment(clients, "latchkey-prod");
  await deleteFailedDeployment(clients, found, { log: (line) => lines.push(line), pause: async () => {} });
  return lines;
};

const everything = () => ({
  tables: [...aws.tables.keys()],
  protected: [...aws.tables.values()].every((table) => table.protected),
  secret: aws.secrets.get(SECRET),
  stack: aws.stack?.protected,
});
const untouched = {
  tables: TABLES.map((name) => `latchkey-prod-${name}`),
  protected: true,
  secret: "there",
  stack: true,
};
const gone = { tables: [], protected: true, secret: "marked for deletion", stack: undefined };

describe("the command that cleans up after a failed first deployment", () => {
  it.each([[["--stage", "prod"]], [["--stage", "prod", "--yes", "--dry-run"]]])(
    "says with %j what it would delete, and changes nothing (I3)",
    async (args) => {
      const { code, out } = await cleanUp(...args);
      expect(code).toBe(0);
      for (const name of [...untouched.tables, SECRET, aws.stackId]) expect(out).toContain(name);
      expect(out).toContain("Nothing was deleted");
      expect(aws.changes).toEqual([]);
    },
  );

  it("deletes the protected tables, the secret and the protected stack, so that the deployment can be repeated", async () => {
    const { code, out } = await cleanUp("--stage", "prod", "--yes");
    expect({ code, ...everything() }).toEqual({ code: 0, ...gone });
    expect(out).toContain("The deployment can be repeated.");
    expect(aws.changes.find((line) => line.startsWith("DeleteSecret"))).toContain('{"RecoveryWindowInDays":7}');
    await expect(cleanUpHere()).rejects.toThrow("There is no stack");
  });

  it.each(["UpdateTable", "DeleteTable", "DeleteSecret", "UpdateTerminationProtection", "DeleteStack"])(
    "can be repeated after it was interrupted at %s",
    async (operation) => {
      aws.failOnce = operation;
      for (const table of aws.tables.values()) table.slow = true;
      await expect(cleanUpHere()).rejects.toThrow("The credentials have expired");
      expect(aws.stack).toBeDefined();
      expect((await cleanUpHere()).at(-1)).toBe("Deleted the stack latchkey-prod");
      expect(everything()).toEqual(gone);
    },
  );

  it.each([
    ["CREATE_COMPLETE", ["CREATE_COMPLETE"]],
    ["UPDATE_ROLLBACK_COMPLETE", ["UPDATE_ROLLBACK_COMPLETE", "CREATE_COMPLETE"]],
    ["CREATE_IN_PROGRESS", ["CREATE_IN_PROGRESS"]],
    // The stack was created once, and a later deletion failed. Its data must stay.
    ["DELETE_FAILED", ["DELETE_FAILED", "DELETE_IN_PROGRESS", "CREATE_COMPLETE"]],
    ["ROLLBACK_FAILED", ["ROLLBACK_FAILED", "UPDATE_COMPLETE"]],
  ])("changes nothing of a stack in %s after %j (I3)", async (status, events) => {
    aws.stack = { status, protected: true, description: "Latchkey: sessions" };
    aws.events.splice(0, Number.POSITIVE_INFINITY, ...events);
    await expect(cleanUpHere()).rejects.toThrow("nothing was changed");
    expect(everything()).toEqual(untouched);
    expect(aws.changes).toEqual([]);
  });

  it.each(["Users", "Sessions"])("changes nothing if the table %s has a row (I3)", async (name) => {
    Object.assign(aws.tables.get(`latchkey-prod-${name}`) ?? {}, { items: 1 });
    await expect(cleanUpHere()).rejects.toThrow("holds data: nothing was changed");
    expect(aws.changes).toEqual([]);
  });

  it("changes no stack of another application with the same name", async () => {
    aws.stack = { status: "ROLLBACK_COMPLETE", protected: true, description: "Another product" };
    await expect(cleanUpHere()).rejects.toThrow("no stack of Latchkey");
    expect(aws.changes).toEqual([]);
  });

  it("requires the stage", async () => {
    expect(await cleanUp()).toMatchObject({ code: 1, err: expect.stringContaining("--stage NAME") });
  });
});
