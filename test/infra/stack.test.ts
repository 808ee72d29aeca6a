import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { afterAll, describe, expect, it } from "vitest";
import { describeCause, getTarget, permissionsIn } from "./permissions.ts";
import { getTemplate, latchkeyApp } from "./synthesize.ts";

// Bundling and synthesis take seconds: the whole file looks at one template.
const { app, stack } = latchkeyApp({ stage: "prod" });
const template = getTemplate(stack);
afterAll(() => rmSync(app.outdir, { recursive: true }));

const resources = (type: string) =>
  Object.entries(template.findResources(type)).map(([id, resource]) => ({ id, properties: resource["Properties"] }));

const permissions = permissionsIn(template);

const functions = resources("AWS::Lambda::Function").map(({ id, properties }) => ({
  name: describeCause(id),
  properties,
  bundle: join(app.outdir, `asset.${String(properties.Code.S3Key).replace(/\.zip$/, "")}`, "index.mjs"),
}));

/** The environment as the function will find it; a reference stands for some text. */
const toEnvironment = ({ properties }: (typeof functions)[number]): Record<string, string> =>
  Object.fromEntries(
    Object.entries(properties.Environment?.Variables ?? {}).map(([name, value]) => [
      name,
      typeof value === "string" ? value : "reference",
    ]),
  );

/** Loads a bundle as Lambda does before the first event. Rejects with what it threw. */
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

  it("belongs to one function, whose log it may write and nobody else's", () => {
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

  it("carries no managed policy, but the one that API Gateway demands for access logs", () => {
    const managed = resources("AWS::IAM::Role").flatMap(({ properties }) => properties.ManagedPolicyArns ?? []);
    expect(JSON.stringify(managed)).toMatch(/^\[\{[^{]*\{[^}]*\}[^{]*AmazonAPIGatewayPushToCloudWatchLogs"\]\]\}\]$/);
  });
});

describe("every function", () => {
  it.each(functions.map((each) => [each.name, each] as const))(
    "%s has a log of its own that ends (I4)",
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

  it.each(functions.map((each) => [each.name, each] as const))(
    "%s starts with the environment it is given",
    async (_, each) => {
      await expect(load(each.bundle, toEnvironment(each))).resolves.toBeUndefined();
    },
  );

  it.each(functions.map((each) => [each.name, each] as const))(
    "%s is given no variable that it does not read",
    (_, each) => {
      const code = readFileSync(each.bundle, "utf8");
      expect(Object.keys(toEnvironment(each)).filter((name) => !code.includes(name))).toEqual([]);
    },
  );

  it("keeps the default limits of calls to AWS: only npm start sets others (A7)", () => {
    expect(functions.filter((each) => "CALL_ATTEMPT_MS" in toEnvironment(each))).toEqual([]);
  });

  it("holds no secret in its environment", () => {
    const values = functions.flatMap(({ properties }) => Object.values(properties.Environment?.Variables ?? {}));
    expect(values.filter((value) => JSON.stringify(value).includes("{{resolve:"))).toEqual([]);
  });
});

describe("the stack", () => {
  it("keeps no log for ever (I4)", () => {
    const groups = resources("AWS::Logs::LogGroup");
    expect(groups).toHaveLength(functions.length + 1);
    for (const { properties } of groups) expect(properties.RetentionInDays).toBe(365);
  });

  it("keeps logs when a prod stack goes, but not those of a deployment that failed (I4)", () => {
    template.allResources("AWS::Logs::LogGroup", {
      DeletionPolicy: "RetainExceptOnCreate",
      UpdateReplacePolicy: "Retain",
    });
  });

  it("cannot be deleted by accident in prod (I3)", () => {
    expect(stack.terminationProtection).toBe(true);
  });

  it("leaves only these routes open to callers without a session", () => {
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
      // A session in cookies finds its CSRF token here; the function itself checks the cookie.
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

  it("rotates keys every hour, and in every deployment that makes a new key ring or changes the algorithm", () => {
    template.hasResourceProperties("AWS::Events::Rule", { ScheduleExpression: "rate(1 hour)", State: "ENABLED" });
    const [run] = resources("Custom::RunOnce");
    expect(getTarget(run?.properties.FunctionArn)).toBe("RotateKeys");
    expect(run?.properties).toMatchObject({ SigningAlgorithm: "RS256", ServiceTimeout: "180" });
    expect(getTarget(run?.properties.KeyRingSecretArn)).toBe("KeyRing");
    expect(getTarget(run?.properties.KeysTable)).toBe("TablesKeys");
  });

  it("issues in the name of its own URL unless a setting names another (K5)", () => {
    const invokeUrl = ["https://", { Ref: expect.any(String) }, ".execute-api.", { Ref: "AWS::Region" }, "."];
    template.hasOutput("Issuer", {});
    expect(template.toJSON()["Outputs"].Issuer.Value).toEqual({
      "Fn::Join": ["", [...invokeUrl, { Ref: "AWS::URLSuffix" }, "/prod"]],
    });
    expect(template.toJSON()["Outputs"].ApiUrl).toEqual(template.toJSON()["Outputs"].Issuer);
  });

  it("tells operators and API owners where everything is", () => {
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
