import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { keyTable } from "../../bin/key-table.ts";
import { listen } from "../../local/support/local-server.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

type Run = { readonly code: number | null; readonly out: string; readonly err: string };

const keys = (...args: readonly string[]): Promise<Run> => keysIn({}, ...args);

const keysIn = async (environment: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Run> => {
  const command = spawn(process.execPath, ["--import", "tsx", "bin/keys.ts", ...args], {
    cwd: ROOT,
    env: { PATH: process.env["PATH"], NODE_NO_WARNINGS: "1", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const code = new Promise<number | null>((resolve) => command.once("close", resolve));
  const [out, err] = await Promise.all([text(command.stdout), text(command.stderr)]);
  return { code: await code, out, err };
};

/** Starts a service that responds to Invoke of Lambda with `response`, and records the events. */
const startLambda = async (dataDirectory: string, response: object, functionError?: string) => {
  const asked: { readonly path: string | undefined; readonly event: unknown }[] = [];
  const server: Server = createServer(async (incoming, outgoing) => {
    asked.push({ path: incoming.url, event: JSON.parse(await text(incoming)) });
    outgoing.writeHead(200, functionError === undefined ? {} : { "X-Amz-Function-Error": functionError });
    outgoing.end(JSON.stringify(response));
  });
  const lambdaEndpoint = `http://127.0.0.1:${await listen(server, 0)}/secret`;
  const functions = { "rotate-keys": "latchkey-dev-RotateKeys" };
  writeFileSync(join(dataDirectory, "running.json"), JSON.stringify({ lambdaEndpoint, functions }));
  return { asked, stop: () => new Promise((resolve) => server.close(resolve)) };
};

describe("npm run keys", () => {
  let folder: string;
  let stop: () => Promise<unknown> = async () => {};
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "latchkey-keys-"));
  });
  afterEach(async () => {
    await stop();
    stop = async () => {};
    rmSync(folder, { recursive: true });
  });

  it.each([[[]], [["lsit"]], [["withdraw"]], [["list", "k1"]], [["withdraw", "k1", "k2"]]])(
    "explains itself instead of guessing: %j",
    async (args) => {
      const { code, out, err } = await keys(...args, "--data", folder);
      expect({ code, out }).toEqual({ code: 1, out: "" });
      expect(err).toContain("withdraw KID");
    },
  );

  it("prints one line if no service runs", async () => {
    const { code, err } = await keys("list", "--data", folder);
    expect(code).toBe(1);
    expect(err).toMatch(/^No Latchkey runs on the data in .*--stack\.\n$/);
  });

  it("prints the same line after the service was killed", async () => {
    const lambda = await startLambda(folder, {});
    await lambda.stop();
    const { code, err } = await keys("list", "--data", folder);
    expect(code).toBe(1);
    expect(err).toMatch(/^No Latchkey runs/);
  });

  it("invokes rotate-keys and prints the keys of its response", async () => {
    const key = { use: "access", kid: "k1", alg: "RS256", state: "current", created_at: "2027-01-15T08:00:00Z" };
    const lambda = await startLambda(folder, { outcome: "done", keys: [key] });
    stop = lambda.stop;
    const { code, out } = await keys("withdraw", "k9", "--data", folder);
    expect(code).toBe(0);
    expect(out).toContain("access  current  RS256  k1   signs; made 2027-01-15T08:00:00Z");
    expect(lambda.asked).toEqual([
      {
        path: "/secret/2015-03-31/functions/latchkey-dev-RotateKeys/invocations",
        event: { action: "withdraw", kid: "k9" },
      },
    ]);
  });

  it.each([
    ["an unknown key", { outcome: "unknown_key" }, undefined, "There is no key with this id"],
    ["a failed function", { errorMessage: "no such action" }, "Unhandled", "rotate-keys failed: no such action"],
  ])("exits with 1 and prints one line for %s", async (_case, response, functionError, line) => {
    const lambda = await startLambda(folder, response, functionError);
    stop = lambda.stop;
    const { code, out, err } = await keys("withdraw", "k9", "--data", folder);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toMatch(new RegExp(`^${line}.*\n$`));
  });
});

describe("npm run keys -- --stack", () => {
  const resource = (logicalId: string, type: string, physicalId: string) =>
    `<member><LogicalResourceId>${logicalId}</LogicalResourceId><ResourceType>${type}</ResourceType>` +
    `<PhysicalResourceId>${physicalId}</PhysicalResourceId></member>`;

  /** The operations of CloudFormation and Lambda that the command uses. */
  const startCloud = async (...resources: readonly string[]) => {
    const asked: (readonly [path: string | undefined, body: string])[] = [];
    const server = createServer(async (incoming, outgoing) => {
      asked.push([incoming.url, await text(incoming)]);
      if (incoming.url !== "/") return outgoing.end('{"outcome":"done","keys":[]}');
      return outgoing.end(
        `<DescribeStackResourcesResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/">` +
          `<DescribeStackResourcesResult><StackResources>${resources.join("")}</StackResources>` +
          `</DescribeStackResourcesResult></DescribeStackResourcesResponse>`,
      );
    });
    const url = `http://127.0.0.1:${await listen(server, 0)}`;
    const environment = {
      AWS_ENDPOINT_URL_CLOUDFORMATION: url,
      AWS_ENDPOINT_URL_LAMBDA: url,
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
    };
    return { asked, environment, stop: () => new Promise((resolve) => server.close(resolve)) };
  };

  it("finds the function among the resources of the stack", async () => {
    const cloud = await startCloud(
      resource("RotateKeysRole1A", "AWS::IAM::Role", "a-role"),
      resource("Login2B", "AWS::Lambda::Function", "a-login"),
      resource("RotateKeys3C", "AWS::Lambda::Function", "the-function"),
    );
    const { code, out } = await keysIn(
      cloud.environment,
      "rotate",
      "--stack",
      "latchkey-prod",
      "--region",
      "eu-west-1",
    );
    await cloud.stop();
    expect({ code, out }).toEqual({ code: 0, out: "There are no keys yet.\n" });
    expect(cloud.asked).toEqual([
      ["/", expect.stringContaining("StackName=latchkey-prod")],
      ["/2015-03-31/functions/the-function/invocations", '{"action":"rotate"}'],
    ]);
  });

  it("rejects a stack that is not a stack of Latchkey", async () => {
    const cloud = await startCloud(resource("Login2B", "AWS::Lambda::Function", "a-login"));
    const { code, err } = await keysIn(cloud.environment, "list", "--stack", "other", "--region", "eu-west-1");
    await cloud.stop();
    expect(code).toBe(1);
    expect(err).toBe("The stack other has no rotate-keys function; is it a Latchkey stack?\n");
  });
});

describe("the table of keys", () => {
  it("has one line for each key with its next change", () => {
    const created_at = "2027-01-15T08:00:00Z";
    const common = { use: "access", alg: "RS256", created_at };
    expect(
      keyTable([
        { ...common, kid: "k1", state: "current", published_at: created_at },
        { ...common, kid: "k2-longer", state: "next", signs_from: "2027-02-14T08:00:00Z" },
        { ...common, kid: "k3", state: "next" },
        { ...common, kid: "k4", state: "previous", verifies_until: "2027-01-16T08:00:00Z" },
      ]),
    ).toBe(
      [
        "USE     STATE     ALG    KID",
        "access  current   RS256  k1         signs; made 2027-01-15T08:00:00Z, public since 2027-01-15T08:00:00Z",
        "access  next      RS256  k2-longer  signs from 2027-02-14T08:00:00Z",
        "access  next      RS256  k3         signs once it is published and known",
        "access  previous  RS256  k4         verifies until 2027-01-16T08:00:00Z",
      ].join("\n"),
    );
  });

  it("says that there are no keys yet", () => {
    expect(keyTable([])).toBe("There are no keys yet.");
  });
});
