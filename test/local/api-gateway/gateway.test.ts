import { beforeAll, describe, expect, it } from "vitest";
import type { LocalService } from "../../../local/local.ts";
import { anAuthorizer, aRoute } from "../support/assembly.ts";
import { send } from "../support/http.ts";
import { aService } from "../support/service.ts";

/** Responds with the event itself. */
const ECHO = "export const handler = async (event) => ({ statusCode: 200, body: JSON.stringify(event) });";
/** Returns the body of the request as the response of the integration. */
const RESPONSE = "export const handler = async (event) => JSON.parse(event.body);";
const FAIL = `export const handler = async () => { throw new Error("secret detail"); };`;
const SLOW = "export const handler = () => new Promise((resolve) => setTimeout(() => resolve({}), 5000));";
const LARGE = `export const handler = async () => ({ body: "a".repeat(6 * 1024 * 1024) });`;
const AUTHORIZE = `export const handler = async (event) => {
  const token = event.headers.Authorization;
  if (token === undefined) throw new Error("Unauthorized");
  const Statement = [{ Effect: token === "deny" ? "Deny" : "Allow", Action: "execute-api:Invoke", Resource: event.methodArn }];
  return { principalId: "user-1", policyDocument: { Version: "2012-10-17", Statement }, context: { sub: "user-1" } };
};`;

const renderGatewayResponse = (ResponseType: string, StatusCode: string, headers: object = {}) => ({
  Type: "AWS::ApiGateway::GatewayResponse",
  Properties: {
    ResponseType,
    StatusCode,
    ResponseParameters: headers,
    ResponseTemplates: {
      "application/json": '{"error":"$context.error.responseType","request_id":"$context.requestId"}',
    },
  },
});

let service: LocalService;
let url: string;

beforeAll(async () => {
  service = await aService({
    functions: { Echo: ECHO, Response: RESPONSE, Fail: FAIL, Slow: SLOW, Large: LARGE, Authorize: AUTHORIZE },
    resources: {
      ...aRoute({ path: "echo", function: "Echo" }),
      ...aRoute({ path: "response", method: "POST", function: "Response" }),
      ...aRoute({ path: "fail", function: "Fail" }),
      ...aRoute({ path: "slow", function: "Slow", timeoutMs: 50 }),
      ...aRoute({ path: "large", function: "Large" }),
      ...aRoute({ path: "me", function: "Echo", authorizer: "Authorizer" }),
      ...aRoute({ path: "{id}", function: "Echo", authorizer: "Authorizer" }),
      Authorizer: anAuthorizer("Authorize"),
      Unauthorized: renderGatewayResponse("UNAUTHORIZED", "401", {
        "gatewayresponse.header.WWW-Authenticate": `'Bearer error="invalid_token"'`,
      }),
      NotFound: renderGatewayResponse("MISSING_AUTHENTICATION_TOKEN", "404"),
      Signature: renderGatewayResponse("INVALID_SIGNATURE", "404"),
      MeOptions: {
        Type: "AWS::ApiGateway::Method",
        Properties: {
          HttpMethod: "OPTIONS",
          ResourceId: { Ref: "Pathme" },
          RestApiId: { Ref: "Api" },
          AuthorizationType: "NONE",
          Integration: {
            Type: "MOCK",
            IntegrationResponses: [
              {
                StatusCode: "204",
                ResponseParameters: {
                  "method.response.header.Access-Control-Allow-Origin": "'https://first.example'",
                  "method.response.header.Vary": "'Origin'",
                },
                ResponseTemplates: {
                  "application/json": [
                    '#set($upper = $input.params().header.get("Origin"))',
                    '#if($upper == "https://second.example")',
                    '#set($context.responseOverride.header.Access-Control-Allow-Origin = "https://second.example")',
                    "#end",
                  ].join("\n"),
                },
              },
            ],
          },
        },
      },
    },
  });
  url = service.url;
});

const respondWith = (response: unknown, headers: readonly string[] = []) =>
  send(`${url}/response`, { method: "POST", headers, body: JSON.stringify(response) });

describe("the event of a proxy integration", () => {
  it("has the request as the client sent the request, and the address of the client", async () => {
    const { text } = await send(`${url}/echo?a=1&a=2&b=x+y%26`, {
      method: "PUT",
      headers: ["X-Two", "1", "X-Two", "2", "content-TYPE", "text/plain", "User-Agent", "test"],
      body: "grüße",
    });
    const event = JSON.parse(text);
    expect(event).toMatchObject({
      resource: "/echo",
      path: "/echo",
      httpMethod: "PUT",
      headers: { "X-Two": "2", "content-TYPE": "text/plain" },
      multiValueHeaders: { "X-Two": ["1", "2"] },
      queryStringParameters: { a: "2", b: "x y&" },
      multiValueQueryStringParameters: { a: ["1", "2"], b: ["x y&"] },
      pathParameters: null,
      stageVariables: null,
      body: "grüße",
      isBase64Encoded: false,
      requestContext: {
        accountId: "000000000000",
        apiId: "api",
        stage: "test",
        path: "/test/echo",
        resourcePath: "/echo",
        httpMethod: "PUT",
        protocol: "HTTP/1.1",
        identity: { sourceIp: "127.0.0.1", userAgent: "test" },
      },
    });
    expect(event.requestContext.requestId).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(event.requestContext.requestTime).toMatch(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/);
    expect(event.requestContext).not.toHaveProperty("authorizer");
  });

  it("has null for each missing value", async () => {
    const { text } = await send(`${url}/echo`);
    expect(JSON.parse(text)).toMatchObject({
      body: null,
      queryStringParameters: null,
      multiValueQueryStringParameters: null,
      pathParameters: null,
    });
  });

  it("has path parameters as the client sent them", async () => {
    const { text } = await send(`${url}/a%2Fb%20c/`, { headers: ["Authorization", "let me in"] });
    expect(JSON.parse(text)).toMatchObject({ path: "/a%2Fb%20c/", pathParameters: { id: "a%2Fb%20c" } });
  });

  it("adds the caller's address to X-Forwarded-For, and trusts no other source (B3)", async () => {
    const headers = ["x-forwarded-for", "10.0.0.1, 10.0.0.2", "X-Forwarded-Proto", "gopher", "X-Amzn-Trace-Id", "mine"];
    const event = JSON.parse((await send(`${url}/echo`, { headers })).text);
    expect(event.headers).not.toHaveProperty("x-forwarded-for");
    expect(event.headers["X-Forwarded-For"]).toBe("10.0.0.1, 10.0.0.2, 127.0.0.1");
    expect(event.headers["X-Forwarded-Proto"]).toBe("http");
    expect(event.headers["X-Amzn-Trace-Id"]).toMatch(/^Root=1-/);
    expect(event.requestContext.identity.sourceIp).toBe("127.0.0.1");
  });

  it("lacks headers that concern the connection to the gateway only", async () => {
    const headers = ["TE", "trailers", "Connection", "close", "Expect", "100-continue"];
    const event = JSON.parse((await send(`${url}/echo`, { method: "POST", headers, body: "{}" })).text);
    expect(Object.keys(event.headers).map((name) => name.toLowerCase())).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^(te|connection|expect|content-length)$/)]),
    );
  });

  it("has a body in base64 if the API declares the media type as binary", async () => {
    const body = Buffer.from([0, 255, 1]);
    const { text } = await send(`${url}/echo`, { method: "POST", headers: ["Content-Type", "image/png; x=y"], body });
    expect(JSON.parse(text)).toMatchObject({ body: body.toString("base64"), isBase64Encoded: true });
  });
});

describe("the response to the client", () => {
  it("has one line for each Set-Cookie (C2)", async () => {
    const response = await respondWith({
      statusCode: 201,
      multiValueHeaders: { "Set-Cookie": ["a=1", "b=2"] },
      body: "ok",
    });
    expect(response.status).toBe(201);
    expect(response.header("set-cookie")).toEqual(["a=1", "b=2"]);
    expect(response.text).toBe("ok");
  });

  it("has the WWW-Authenticate of a function under another name only (A1)", async () => {
    const response = await respondWith({ statusCode: 401, headers: { "WWW-Authenticate": "Bearer" } });
    expect(response.header("www-authenticate")).toEqual([]);
    expect(response.header("x-amzn-remapped-www-authenticate")).toEqual(["Bearer"]);
  });

  it("contains the id of the request", async () => {
    const response = await send(`${url}/echo`);
    expect(response.header("x-amzn-requestid")).toEqual([JSON.parse(response.text).requestContext.requestId]);
  });

  it.each([
    ["a malformed response", () => respondWith({ statusCode: 200, body: {} })],
    ["a function that throws", () => send(`${url}/fail`)],
    ["an response of more than 6 MB", () => send(`${url}/large`)],
  ])("is a bare 502 for %s (E1)", async (_, call) => {
    const response = await call();
    expect(response.status).toBe(502);
    expect(response.text).toBe('{"message":"Internal server error"}');
  });

  it("is 504 for a function that takes longer than the integration allows", async () => {
    expect((await send(`${url}/slow`)).status).toBe(504);
  });
});

describe("a route behind an authorizer", () => {
  it("passes the context of the authorizer to the function", async () => {
    const { status, text } = await send(`${url}/me`, { headers: ["Authorization", "let me in"] });
    expect(status).toBe(200);
    expect(JSON.parse(text).requestContext.authorizer).toMatchObject({ principalId: "user-1", sub: "user-1" });
  });

  it("responds to a missing credential with 401 and the challenge of the API (A1)", async () => {
    const response = await send(`${url}/me`);
    expect(response.status).toBe(401);
    expect(response.header("www-authenticate")).toEqual(['Bearer error="invalid_token"']);
    expect(JSON.parse(response.text)).toEqual({
      error: "UNAUTHORIZED",
      request_id: response.header("x-amzn-requestid")[0],
    });
  });

  it("responds to a denial with 403 (A1)", async () => {
    expect((await send(`${url}/me`, { headers: ["Authorization", "deny"] })).status).toBe(403);
  });
});

describe("a preflight request", () => {
  it.each([
    ["an allowed origin", "https://second.example", "https://second.example"],
    ["the first origin", "https://first.example", "https://first.example"],
    ["any other, which its browser rejects", "https://evil.example", "https://first.example"],
  ])("gets its response without a function for %s (C5)", async (_, origin, allowed) => {
    const response = await send(`${url}/me`, { method: "OPTIONS", headers: ["Origin", origin] });
    expect(response.status).toBe(204);
    expect(response.header("access-control-allow-origin")).toEqual([allowed]);
    expect(response.header("vary")).toEqual(["Origin"]);
  });
});

describe("a request that no route takes", () => {
  it.each([
    ["a path", `/echo/more`, [], "MISSING_AUTHENTICATION_TOKEN"],
    ["a method", `/response`, [], "MISSING_AUTHENTICATION_TOKEN"],
    ["a path with a credential, which is read as a signature", "/a/b", ["Authorization", "x"], "INVALID_SIGNATURE"],
    ["the controls, when they are off", "/_local/clock", [], "MISSING_AUTHENTICATION_TOKEN"],
  ])("for %s is not found", async (_, path, headers, type) => {
    const response = await send(`${url}${path}`, { headers });
    expect(response.status).toBe(404);
    expect(JSON.parse(response.text).error).toBe(type);
  });
});

describe("limits of the gateway", () => {
  const megabytes = (count: number) => "a".repeat(count * 1024 * 1024);

  it.each([
    [
      "a body of more than 10 MB",
      { method: "POST", body: `${megabytes(10)}a` },
      413,
      "content length exceeded 10485760 bytes",
    ],
    ["a body within 10 MB that Lambda does not take", { method: "POST", body: megabytes(7) }, 413, "Request Too Long"],
    ["headers of more than 10,240 bytes", { headers: ["X-Large", "a".repeat(10_240)] }, 431, "Too Large"],
    ["headers within 10,240 bytes", { headers: ["X-Large", "a".repeat(10_000)] }, 200, "X-Large"],
  ])("%s (E1)", async (_, request, status, text) => {
    const response = await send(`${url}/echo`, request);
    expect(response.status).toBe(status);
    expect(response.text).toContain(text);
  });

  it("a path behind an authorizer whose ARN has more than 1600 bytes", async () => {
    const headers = ["Authorization", "let me in"];
    expect((await send(`${url}/${"a".repeat(1600)}`, { headers })).status).toBe(414);
    expect((await send(`${url}/${"a".repeat(1500)}`, { headers })).status).toBe(200);
  });
});
