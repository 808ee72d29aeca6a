import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { synthesize } from "../../local/cloudformation/synthesize.ts";
import { type Deployment, readDeployment } from "../../local/deployment.ts";
import { anAssembly, aRoute } from "./support/assembly.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const URL_HERE = "http://127.0.0.1:4711";
const HANDLER = "export const handler = async () => ({});";

describe("the deployment of the real stack", () => {
  let deployment: Deployment;
  beforeAll(async () => {
    const assembly = await synthesize({
      root: ROOT,
      context: {},
      cacheDirectory: join(ROOT, ".latchkey", "cdk"),
      onProgress: () => {},
    });
    deployment = readDeployment(assembly, URL_HERE);
  });

  it("gives functions short names", () => {
    const names = [...deployment.functions.values()].map((fn) => fn.name);
    expect(names).toEqual(expect.arrayContaining(["login", "refresh", "rotate-keys", "authorizer-lookup"]));
    expect(new Set(names).size).toBe(names.length);
  });

  it("gives functions the URL of this machine in place of the URL on AWS", () => {
    const issuers = [...deployment.functions.values()].flatMap((fn) => fn.environment["ISSUER"] ?? []);
    expect(issuers.length).toBeGreaterThan(0);
    expect(new Set(issuers)).toEqual(new Set([URL_HERE]));
  });

  it("tells functions that this is also the origin of the pages, in place of the CDN (C4)", () => {
    const origins = [...deployment.functions.values()].flatMap((fn) => fn.environment["ALLOWED_ORIGINS"] ?? []);
    expect(origins.length).toBeGreaterThan(0);
    expect(new Set(origins)).toEqual(new Set([URL_HERE]));
  });

  it("gives functions the names of the tables that it creates", () => {
    const tables = deployment.tables.map((table) => table.TableName);
    const named = [...deployment.functions.values()].flatMap((fn) =>
      Object.entries(fn.environment).flatMap(([name, value]) => (name.endsWith("_TABLE") ? [value] : [])),
    );
    expect(named.length).toBeGreaterThan(0);
    expect(tables).toEqual(expect.arrayContaining(named));
  });

  it("rotates keys at the deployment and by schedule", () => {
    const [atDeploy] = deployment.runOnceFunctions;
    expect(deployment.functions.get(atDeploy ?? "")?.name).toBe("rotate-keys");
    expect(deployment.schedules).toEqual([{ functionName: atDeploy, periodSeconds: 3600 }]);
  });
});

describe("a stack that cannot be served as it is", () => {
  const method = (properties: object) => ({
    ...aRoute({ path: "a", function: "Fn" }),
    PathaANY: {
      Type: "AWS::ApiGateway::Method",
      Properties: {
        HttpMethod: "ANY",
        ResourceId: { Ref: "Patha" },
        Integration: { Type: "MOCK", IntegrationResponses: [{ StatusCode: "200" }] },
        ...properties,
      },
    },
  });
  const rule = (ScheduleExpression: string) => ({
    Rule: {
      Type: "AWS::Events::Rule",
      Properties: { ScheduleExpression, Targets: [{ Id: "0", Arn: { "Fn::GetAtt": ["Fn", "Arn"] } }] },
    },
  });

  it.each([
    ["API keys", method({ ApiKeyRequired: true }), "requires an API key"],
    ["request validation", method({ RequestValidatorId: "Validator" }), "has requests validated"],
    [
      "a resource policy",
      { Api: { Type: "AWS::ApiGateway::RestApi", Properties: { Policy: {} } } },
      "has a resource policy",
    ],
    ["IAM authorization", method({ AuthorizationType: "AWS_IAM" }), "is authorized by AWS_IAM"],
    ["an HTTP integration", method({ Integration: { Type: "HTTP_PROXY" } }), "has an integration that is not emulated"],
    [
      "a mapped header",
      method({
        Integration: {
          Type: "MOCK",
          IntegrationResponses: [
            { StatusCode: "200", ResponseParameters: { "method.response.header.A": "integration.response.header.B" } },
          ],
        },
      }),
      "maps a header from integration.response.header.B",
    ],
    ["a route to a function that is not there", aRoute({ path: "a", function: "Elsewhere" }), "Elsewhere"],
    ["a schedule that is no rate", rule("cron(0 10 * * ? *)"), "runs on cron(0 10 * * ? *)"],
    ["a method without a path", { PathaANY: { Type: "AWS::ApiGateway::Method" } }, "PathaANY is not as expected"],
  ])("is rejected with %s", (_, resources, message) => {
    const assembly = anAssembly({ functions: { Fn: HANDLER }, resources });
    expect(() => readDeployment(assembly, URL_HERE)).toThrow(message);
  });

  it("is rejected if it has no API, or is not a stack", () => {
    const withoutApi = anAssembly({ resources: { Api: { Type: "AWS::IAM::Role" } } });
    expect(() => readDeployment(withoutApi, URL_HERE)).toThrow("has a REST API");
    expect(() => readDeployment(ROOT, URL_HERE)).toThrow("manifest.json is not what cdk synth writes");
  });

  it("leaves out a resource whose condition is false", () => {
    const assembly = anAssembly({
      functions: { Fn: HANDLER },
      conditions: { Never: { "Fn::Equals": ["a", "b"] } },
      resources: Object.fromEntries(
        Object.entries({ ...aRoute({ path: "a", function: "Fn" }), ...rule("rate(1 day)") }).map(([id, resource]) => [
          id,
          { ...resource, Condition: "Never" },
        ]),
      ),
    });
    const { api, schedules } = readDeployment(assembly, URL_HERE);
    expect(api.resources.flatMap((resource) => [...resource.methods])).toEqual([]);
    expect(schedules).toEqual([]);
  });
});
