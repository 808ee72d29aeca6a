import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { afterAll, describe, expect, it } from "vitest";
import { getTarget, permissionsIn, toName } from "./permissions.ts";
import { getTemplate, latchkeyApp } from "./synthesize.ts";

// Bundling and synthesis take seconds, so the whole file uses one template.
const { app, stack } = latchkeyApp({ stage: "prod" });
const template = getTemplate(stack);
afterAll(() => rmSync(app.outdir, { recursive: true }));

const resources = (type: string) =>
  Object.entries(template.findResources(type)).map(([id, resource]) => ({ id, properties: resource["Properties"] }));

const permissions = permissionsIn(template);

const functions = resources("AWS::Lambda::Function").map(({ id, properties }) => ({
  name: toName(id),
  properties,
  bundle: join(app.outdir, `asset.${String(properties.Code.S3Key).replace(/\.zip$/, "")}`, "index.mjs"),
}));

/** The environment of the function. A reference is replaced by a text. */
const toEnvironment = ({ properties }: (typeof functions)[number]): Record<string, string> =>
  Object.fromEntries(
    Object.entries(properties.Environment?.Variables ?? {}).map(([name, value]) => [
      name,
      typeof value === "string" ? value : "reference",
    ]),
  );

/** Loads a bundle as Lambda does before the first event. Rejects with the error that the bundle throws. */
const load = (bundle: string, environment: Record<string, string>): Promise<void> =>
  new Promise((resolve, reject) => {
    const runtime = { AWS_REGION: "eu-central-1", AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" };
    const worker = new Worker(bundle, { env: { ...runtime, ...environment } });
    worker.once("error", reject);
    worker.once("exit", () => resolve());
  });

const on = (table: string, ...actions: string[]) => actions.map((action) => `dynamodb:${action} on Tables${table}`);
const readKeyRing = "secretsmanager:GetSecretValue on KeyRing";
const readPublicKeys = on("Keys", "GetItem");

describe("every role (I2)", () => {
  it.each<[string, string[]]>([
    ["Register", [...on("Users", "DeleteItem", "GetItem", "PutItem"), ...on("Throttle", "UpdateItem"), readKeyRing]],
    [
      "Login",
      [
        ...on("Users", "GetItem", "UpdateItem"),
        ...on("Sessions", "GetItem", "PutItem", "UpdateItem"),
        ...on("Sessions/index/LiveSessions", "Query"),
        ...on("Throttle", "UpdateItem"),
        readKeyRing,
      ],
    ],
    ["Refresh", [...on("Users", "GetItem"), ...on("Sessions", "GetItem", "UpdateItem"), readKeyRing]],
    ["Logout", [...on("Sessions", "GetItem", "UpdateItem"), readKeyRing]],
    ["Csrf", [...on("Sessions", "GetItem"), readKeyRing]],
    ["Me", on("Users", "GetItem")],
    [
      "Sessions",
      [
        ...on("Users", "UpdateItem"),
        ...on("Sessions", "GetItem", "UpdateItem"),
        ...on("Sessions/index/LiveSessions", "Query"),
      ],
    ],
    [
      "Password",
      [
        ...on("Users", "GetItem", "UpdateItem"),
        ...on("Sessions", "GetItem", "UpdateItem"),
        ...on("Sessions/index/LiveSessions", "Query"),
        ...on("Throttle", "UpdateItem"),
        readKeyRing,
      ],
    ],
    ["Jwks", readPublicKeys],
    ["Health", []],
    ["AuthorizerStateless", readPublicKeys],
    ["AuthorizerFeed", [...readPublicKeys, ...on("Sessions/index/Revocations", "Query")]],
    ["AuthorizerLookup", [...readPublicKeys, ...on("Sessions", "GetItem")]],
    [
      "RotateKeys",
      [
        ...on("Keys", "GetItem", "PutItem"),
        readKeyRing,
        "secretsmanager:PutSecretValue on KeyRing",
        "secretsmanager:UpdateSecretVersionStage on KeyRing",
      ],
    ],
    ["KeyRotationAtDeployProvider", ["lambda:InvokeFunction on RotateKeys"]],
  ])("%s may do exactly what it needs", (name, expected) => {
    expect(permissions.get(name)).toEqual(expected.sort());
  });

  it("belongs to one function, and may write the log of this function only", () => {
    const ofFunctions = functions.map(({ properties }) => getTarget(properties.Role));
    expect(new Set(ofFunctions).size).toBe(functions.length);
    const roles = new Set([...permissions.keys()].map((name) => `${name}PartsRole`));
    // API Gateway's own, for access logs.
    roles.delete("ApiRestCloudWatchRolePartsRole");
    expect(new Set(ofFunctions)).toEqual(roles);
  });

  it("names its actions and resources without wildcards, here and in policies attached later", () => {
    template.resourceCountIs("AWS::IAM::Policy", 0);
    const documents = JSON.stringify(resources("AWS::IAM::Role").map(({ properties }) => properties.Policies ?? []));
    expect(documents).not.toContain("*");
  });

  it("has no managed policy, except the one that API Gateway requires for access logs", () => {
    const managed = resources("AWS::IAM::Role").flatMap(({ properties }) => properties.ManagedPolicyArns ?? []);
    expect(JSON.stringify(managed)).toMatch(/^\[\{[^{]*\{[^}]*\}[^{]*AmazonAPIGatewayPushToCloudWatchLogs"\]\]\}\]$/);
  });
});

describe("every function", () => {
  it.each(functions.map((each) => [each.name, each] as const))(
    "%s has a log of its own (I4)",
    (name, { properties }) => {
      expect(getTarget(properties.LoggingConfig.LogGroup)).toBe(`${name}PartsLogs`);
    },
  );

  it("runs on Node 24 on arm64, within finite time, with a whole CPU where it hashes or makes keys (I4)", () => {
    for (const { name, properties } of functions) {
      expect(properties).toMatchObject({ Runtime: "nodejs24.x", Architectures: ["arm64"], Handler: "index.handler" });
      expect(properties.Timeout).toBeLessThanOrEqual(name.startsWith("Authorizer") ? 5 : 120);
    }
    const wholeCpu = functions.filter(({ properties }) => properties.MemorySize >= 1769).map(({ name }) => name);
    expect(wholeCpu.sort()).toEqual(["Login", "Password", "Register", "RotateKeys"]);
  });

  it.each(functions.map((each) => [each.name, each] as const))("%s starts with its environment", async (_, each) => {
    await expect(load(each.bundle, toEnvironment(each))).resolves.toBeUndefined();
  });

  it.each(functions.map((each) => [each.name, each] as const))(
    "%s has no variable that it does not read",
    (_, each) => {
      const code = readFileSync(each.bundle, "utf8");
      expect(Object.keys(toEnvironment(each)).filter((name) => !code.includes(name))).toEqual([]);
    },
  );

  it("has the default limits of calls to AWS, which only npm start changes (A7)", () => {
    expect(functions.filter((each) => "CALL_ATTEMPT_MS" in toEnvironment(each))).toEqual([]);
  });

  it("has no secret in its environment", () => {
    const values = functions.flatMap(({ properties }) => Object.values(properties.Environment?.Variables ?? {}));
    expect(values.filter((value) => JSON.stringify(value).includes("{{resolve:"))).toEqual([]);
  });
});

describe("the stack", () => {
  it("has no log without an end of retention (I4)", () => {
    const groups = resources("AWS::Logs::LogGroup");
    expect(groups).toHaveLength(functions.length + 1);
    for (const { properties } of groups) expect(properties.RetentionInDays).toBe(365);
  });

  it("keeps logs when a prod stack is deleted, but not the logs of a deployment that failed (I4)", () => {
    template.allResources("AWS::Logs::LogGroup", {
      DeletionPolicy: "RetainExceptOnCreate",
      UpdateReplacePolicy: "Retain",
    });
  });

  it("cannot be deleted by accident in prod (I3)", () => {
    expect(stack.terminationProtection).toBe(true);
  });

  it("has only these routes for callers without a session", () => {
    const paths = new Map<string, string>();
    const getPath = (reference: { Ref?: string }): string => paths.get(reference.Ref ?? "") ?? "";
    for (const { id, properties } of resources("AWS::ApiGateway::Resource")) {
      paths.set(id, `${getPath(properties.ParentId)}/${properties.PathPart}`);
    }
    const open = resources("AWS::ApiGateway::Method")
      .filter(({ properties }) => properties.AuthorizationType !== "CUSTOM")
      .map(({ properties }) => `${properties.HttpMethod} ${getPath(properties.ResourceId)}`);
    expect(open.sort()).toEqual([
      "GET /.well-known/jwks.json",
      "GET /.well-known/openid-configuration",
      // A page reads the CSRF token of its session here. The function itself checks the cookie.
      "GET /auth/csrf",
      "GET /health",
      "HEAD /.well-known/jwks.json",
      "HEAD /.well-known/openid-configuration",
      "HEAD /auth/csrf",
      "HEAD /health",
      "POST /auth/login",
      "POST /auth/logout",
      "POST /auth/refresh",
      "POST /auth/register",
    ]);
  });

  it("runs the rotation every hour, and in every deployment that creates a key ring or changes the algorithm", () => {
    template.hasResourceProperties("AWS::Events::Rule", { ScheduleExpression: "rate(1 hour)", State: "ENABLED" });
    const [run] = resources("Custom::RunOnce");
    expect(getTarget(run?.properties.FunctionArn)).toBe("RotateKeys");
    expect(run?.properties).toMatchObject({ SigningAlgorithm: "RS256", ServiceTimeout: "180" });
    expect(getTarget(run?.properties.KeyRingSecretArn)).toBe("KeyRing");
    expect(getTarget(run?.properties.KeysTable)).toBe("TablesKeys");
  });

  it("has its own URL as issuer unless a setting names another (K5)", () => {
    const invokeUrl = ["https://", { Ref: expect.any(String) }, ".execute-api.", { Ref: "AWS::Region" }, "."];
    template.hasOutput("Issuer", {});
    expect(template.toJSON()["Outputs"].Issuer.Value).toEqual({
      "Fn::Join": ["", [...invokeUrl, { Ref: "AWS::URLSuffix" }, "/prod"]],
    });
    expect(template.toJSON()["Outputs"].ApiUrl).toEqual(template.toJSON()["Outputs"].Issuer);
  });

  it("has outputs for operators and API owners", () => {
    const outputs: Record<string, { Value: unknown }> = template.toJSON()["Outputs"];
    expect(
      Object.fromEntries(Object.entries(outputs).map(([name, { Value }]) => [name, getTarget(Value)])),
    ).toMatchObject({
      ApiUrl: expect.anything(),
      Issuer: expect.anything(),
      JwksUri: expect.stringContaining("/prod/.well-known/jwks.json"),
      AuthorizerArn: "AuthorizerLookup",
      AuthorizerStatelessArn: "AuthorizerStateless",
      AuthorizerFeedArn: "AuthorizerFeed",
      AuthorizerLookupArn: "AuthorizerLookup",
      UsersTableName: "TablesUsers",
      SessionsTableName: "TablesSessions",
      ThrottleTableName: "TablesThrottle",
      KeysTableName: "TablesKeys",
      KeyRingSecretArn: "KeyRing",
    });
  });
});
