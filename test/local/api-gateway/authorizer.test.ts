import { describe, expect, it } from "vitest";
import { createAuthorize } from "../../../local/api-gateway/authorizer.ts";
import { readAuthorizer } from "../../../local/api-gateway/authorizer-definition.ts";
import type { GatewayError } from "../../../local/api-gateway/gateway-responses.ts";
import { createRequestContext } from "../../../local/api-gateway/proxy-event.ts";
import type { Invocation } from "../../../local/lambda/execution-environment.ts";
import { createClock } from "../../../local/support/clock.ts";
import { StartError } from "../../../local/support/start-error.ts";
import { aGatewayRequest } from "./gateway-request.ts";

const URI =
  "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:0:function:auth/invocations";
const STAGE = "arn:aws:execute-api:us-east-1:000000000000:api/test";

const define = (properties: object = {}) =>
  readAuthorizer("Auth", { Type: "REQUEST", AuthorizerUri: URI, AuthorizerResultTtlInSeconds: 0, ...properties });

const returns = (response: unknown): Invocation => ({ ok: true, payload: JSON.stringify(response) });
const fails = (errorMessage: string, reason: "error" | "timeout" = "error"): Invocation => ({
  ok: false,
  reason,
  error: { errorType: "Error", errorMessage },
});
const policy = (Effect: string, Resource: string) => ({
  principalId: "user-1",
  policyDocument: { Version: "2012-10-17", Statement: [{ Effect, Action: "execute-api:Invoke", Resource }] },
});
const allowed = policy("Allow", `${STAGE}/*`);

/** A gateway with one authorizer function, which always returns the same response and keeps its events. */
const anAuthorizerFunction = (response: Invocation) => {
  const events: unknown[] = [];
  const clock = createClock();
  const authorize = createAuthorize(async (_, event) => {
    events.push(event);
    return response;
  }, clock);

  const call = async (
    definition: ReturnType<typeof define>,
    {
      headers = {},
      query = {},
      path = "/auth/me",
    }: Partial<Record<"headers" | "query", object>> & { path?: string } = {},
  ) => {
    const request = aGatewayRequest({
      path,
      headers: new Map(Object.entries(headers).map(([name, value]) => [name, [value].flat()])),
      query: new Map(Object.entries(query).map(([name, value]) => [name, [value].flat()])),
      time: clock.now(),
    });
    const resource = { resourceId: "Me", path, methods: new Map() };
    const method = {
      integration: { type: "lambda", functionName: "me", timeoutMs: 1 },
      authorizer: definition,
    } as const;
    const route = { resource, method, pathParameters: {} };
    const api = { ...apiShell, resources: [resource] };
    const context = createRequestContext(request, api, "000000000000", route);
    return authorize(definition, { request, route, context }, `${STAGE}/GET${path}`).then(
      (passedOn) => ({ passedOn }),
      (error: GatewayError) => ({ type: error.type, message: error.text }),
    );
  };
  return { call, clock, events };
};
const apiShell = { apiId: "api", stage: "test", invokeUrl: "", binaryMediaTypes: [], gatewayResponses: new Map() };

describe("a Lambda authorizer", () => {
  it("receives the whole request, and passes its context on as text", async () => {
    const response = { ...allowed, context: { sub: "user-1", auth_time: 7, admin: true, none: null } };
    const { call, events } = anAuthorizerFunction(returns(response));
    const result = await call(define(), { headers: { Authorization: "Bearer x" }, query: { a: ["1", "2"] } });
    expect(result).toEqual({
      passedOn: {
        principalId: "user-1",
        sub: "user-1",
        auth_time: "7",
        admin: "true",
        none: null,
        integrationLatency: 0,
      },
    });
    expect(events).toMatchObject([
      {
        type: "REQUEST",
        methodArn: `${STAGE}/GET/auth/me`,
        resource: "/auth/me",
        path: "/auth/me",
        httpMethod: "GET",
        headers: { Authorization: "Bearer x" },
        multiValueHeaders: { Authorization: ["Bearer x"] },
        queryStringParameters: { a: "2" },
        multiValueQueryStringParameters: { a: ["1", "2"] },
        pathParameters: {},
        stageVariables: {},
        requestContext: { path: "/test/auth/me", stage: "test", requestId: "request-1" },
      },
    ]);
  });

  it("of type TOKEN receives the token alone", async () => {
    const { call, events } = anAuthorizerFunction(returns(allowed));
    const token = define({ Type: "TOKEN", IdentitySource: "method.request.header.Authorization" });
    await call(token, { headers: { authorization: "Bearer x" } });
    expect(events).toEqual([{ type: "TOKEN", methodArn: `${STAGE}/GET/auth/me`, authorizationToken: "Bearer x" }]);
  });

  it.each([
    ["throws exactly Unauthorized (A1)", fails("Unauthorized"), "UNAUTHORIZED", "Unauthorized"],
    [
      "A1 denies",
      returns(policy("Deny", "*")),
      "ACCESS_DENIED",
      "User is not authorized to access this resource with an explicit deny",
    ],
    [
      "does not mention the method",
      returns(policy("Allow", `${STAGE}/POST/*`)),
      "ACCESS_DENIED",
      "User is not authorized to access this resource",
    ],
    ["throws anything else (A6)", fails("unauthorized"), "AUTHORIZER_CONFIGURATION_ERROR", null],
    ["throws with a prefix (A6)", fails("Error: Unauthorized"), "AUTHORIZER_CONFIGURATION_ERROR", null],
    ["times out (A6)", fails("Task timed out after 5.00 seconds", "timeout"), "AUTHORIZER_FAILURE", null],
    ["returns nothing (A6)", returns(null), "AUTHORIZER_CONFIGURATION_ERROR", null],
    [
      "returns no principal (A6)",
      returns({ policyDocument: allowed.policyDocument }),
      "AUTHORIZER_CONFIGURATION_ERROR",
      null,
    ],
    ["returns no policy (A6)", returns({ principalId: "user-1" }), "AUTHORIZER_CONFIGURATION_ERROR", null],
    ["returns a simple response (A6)", returns({ isAuthorized: true }), "AUTHORIZER_CONFIGURATION_ERROR", null],
    [
      "returns a list in its context (A6)",
      returns({ ...allowed, context: { roles: ["a"] } }),
      "AUTHORIZER_CONFIGURATION_ERROR",
      null,
    ],
  ])("that %s leads to a gateway response", async (_, response, type, message) => {
    expect(await anAuthorizerFunction(response).call(define())).toEqual({ type, message });
  });

  const sources = "method.request.header.Authorization,method.request.querystring.code,context.path";
  it.each([
    ["header", { query: { code: "1" } }],
    ["query string", { headers: { Authorization: "x" } }],
    ["value, being empty,", { headers: { Authorization: "" }, query: { code: "1" } }],
  ])("does not run if the %s of an identity source is missing", async (_, request) => {
    const { call, events } = anAuthorizerFunction(returns(allowed));
    expect(await call(define({ IdentitySource: sources }), request)).toMatchObject({ type: "UNAUTHORIZED" });
    expect(events).toEqual([]);
  });

  it("runs if every identity source is present, with header names in any case", async () => {
    const { call, events } = anAuthorizerFunction(returns(allowed));
    await call(define({ IdentitySource: sources }), { headers: { AUTHORIZATION: "x" }, query: { code: "1" } });
    expect(events).toHaveLength(1);
  });

  it("does not run for a token that does not match its expression as a whole", async () => {
    const { call, events } = anAuthorizerFunction(returns(allowed));
    const token = define({
      Type: "TOKEN",
      IdentitySource: "method.request.header.Authorization",
      IdentityValidationExpression: "Bearer [a-z]+",
    });
    for (const value of ["Bearer 1", "xBearer a", "Bearer a b"]) {
      expect(await call(token, { headers: { Authorization: value } })).toMatchObject({ type: "UNAUTHORIZED" });
    }
    expect(events).toEqual([]);
    await call(token, { headers: { Authorization: "Bearer abc" } });
    expect(events).toHaveLength(1);
  });
});

describe("a cached authorizer", () => {
  const cached = define({
    AuthorizerResultTtlInSeconds: 300,
    IdentitySource: "method.request.header.Authorization,method.request.header.Cookie",
  });
  const caller = { headers: { Authorization: "a", Cookie: "b" } };

  it("runs once for the same identity, until its TTL ends", async () => {
    const { call, clock, events } = anAuthorizerFunction(returns(allowed));
    await call(cached, caller);
    await call(cached, { ...caller, path: "/elsewhere" });
    clock.advance(299);
    await call(cached, caller);
    expect(events).toHaveLength(1);
    clock.advance(1);
    await call(cached, caller);
    expect(events).toHaveLength(2);
  });

  it.each([
    ["one value differs", { Authorization: "a", Cookie: "c" }],
    ["values are exchanged", { Authorization: "b", Cookie: "a" }],
  ])("runs again if %s", async (_, headers) => {
    const { call, events } = anAuthorizerFunction(returns(allowed));
    await call(cached, caller);
    await call(cached, { headers });
    expect(events).toHaveLength(2);
  });

  it("distinguishes identities that are equal when they are joined by commas", async () => {
    const { call, events } = anAuthorizerFunction(returns(allowed));
    await call(cached, { headers: { Authorization: "a,b", Cookie: "c" } });
    await call(cached, { headers: { Authorization: "a", Cookie: "b,c" } });
    expect(events).toHaveLength(2);
  });

  it("has its cached policy evaluated for each method (A2)", async () => {
    const { call, events } = anAuthorizerFunction(returns(policy("Allow", `${STAGE}/GET/auth/me`)));
    expect(await call(cached, caller)).toHaveProperty("passedOn");
    expect(await call(cached, { ...caller, path: "/auth/other" })).toMatchObject({ type: "ACCESS_DENIED" });
    expect(events).toHaveLength(1);
  });

  it("runs again after a rejection that it threw", async () => {
    const { call, events } = anAuthorizerFunction(fails("Unauthorized"));
    await call(cached, caller);
    await call(cached, caller);
    expect(events).toHaveLength(2);
  });
});

describe("an authorizer that API Gateway would not create", () => {
  it.each([
    ["caches without an identity source", { AuthorizerResultTtlInSeconds: 1 }],
    ["takes a token from nowhere", { Type: "TOKEN" }],
    ["is of another kind", { Type: "COGNITO_USER_POOLS" }],
    ["has an unknown identity source", { IdentitySource: "method.request.body.token" }],
  ])("because it %s is rejected at the start", (_, properties) => {
    expect(() => define(properties)).toThrow(StartError);
  });
});
