import { App, Stack } from "aws-cdk-lib";
import { Match, type Template } from "aws-cdk-lib/assertions";
import { ResponseType } from "aws-cdk-lib/aws-apigateway";
import { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { describe, expect, it } from "vitest";
import { LatchkeyAuthorizer } from "../../infra/constructs/authorizer.ts";
import type { ResponseHeaderSettings } from "../../infra/constructs/response-headers.ts";
import { SessionApi } from "../../infra/constructs/session-api.ts";
import type { Route } from "../../infra/functions.ts";
import { toRetention } from "../../infra/retention.ts";
import { ERRORS } from "../../shared/contract/errors.ts";
import { toCorsHeaders } from "../../shared/http/cors.ts";
import { requestHeaders } from "../../shared/http/header-values.ts";
import { toResult } from "../../shared/http/response.ts";
import { httpOptions } from "../support/http-options.ts";
import { getTemplate } from "./synthesize.ts";

const A = "https://a.example";
const B = "https://b.example";
const APP = "capacitor://localhost";
const ROUTES: readonly Route[] = [
  { method: "POST", path: "/auth/login" },
  { method: "GET", path: "/auth/sessions", authorized: true },
  { method: "POST", path: "/auth/sessions", authorized: true },
];

/** What a function sends to a page of the one allowed origin. */
const CORS_FOR_A = toCorsHeaders(requestHeaders({ headers: { origin: A } }), [A]);
const apiFor = (...allowedOrigins: string[]): Template => apiWith({ allowedOrigins });

const apiWith = (settings: ResponseHeaderSettings): Template => {
  const stack = new Stack(new App(), "Api");
  const functionArn = "arn:aws:lambda:eu-central-1:123456789012:function:any";
  const api = new SessionApi(stack, "Api", {
    stageName: "dev",
    ...settings,
    requestsPerSecond: {},
    retention: toRetention("dev"),
  });
  const authorizer = new LatchkeyAuthorizer(stack, "Authorizer", { functionArn, revocationMode: "lookup" });
  api.addRoutes(ROUTES, LambdaFunction.fromFunctionArn(stack, "Function", functionArn), authorizer);
  api.addPreflights(ROUTES);
  return getTemplate(stack);
};

const template = apiFor(A);

type GatewayResponse = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: { readonly error: string; readonly error_description: string; readonly request_id: string };
};

/** The response that a client receives, by response type. Static headers are without their quotes. */
const getResponses = (template: Template): ReadonlyMap<string, GatewayResponse> =>
  new Map(
    Object.values(template.findResources("AWS::ApiGateway::GatewayResponse")).map((resource) => {
      const { ResponseType, StatusCode, ResponseParameters, ResponseTemplates } = resource["Properties"];
      return [
        ResponseType,
        {
          status: Number(StatusCode),
          headers: unquoted(ResponseParameters, "gatewayresponse.header."),
          body: JSON.parse(ResponseTemplates["application/json"]),
        },
      ];
    }),
  );

const unquoted = (parameters: Readonly<Record<string, string>>, prefix: string): Record<string, string> =>
  Object.fromEntries(
    Object.entries(parameters)
      // Values of the authorizer, which depend on the request.
      .filter(([, value]) => !value.startsWith("context.authorizer."))
      .map(([name, value]) => {
        expect(value).toMatch(/^'.*'$/);
        return [name.replace(prefix, ""), value.slice(1, -1)];
      }),
  );

const responses = getResponses(template);
const response = (type: string): GatewayResponse => {
  const found = responses.get(type);
  if (found === undefined) throw new Error(`No gateway response for ${type}`);
  return found;
};

describe("responses that the gateway makes", () => {
  const every = Object.values(ResponseType)
    .filter((type) => type instanceof ResponseType)
    .map((type) => type.responseType);

  it("cover every type of response that API Gateway knows", () => {
    expect(every.length).toBeGreaterThan(20);
    expect([...responses.keys()].sort()).toEqual([...every].sort());
  });

  it.each(every)("%s has the code, status and headers of the functions' errors (H1, H2)", (type) => {
    const { status, headers, body } = response(type);
    const known: Readonly<Record<string, { status: number; description: string }>> = ERRORS;
    // Here the authorizer sets the values, in variables that the gateway replaces.
    if (type !== "ACCESS_DENIED") expect({ status, description: body.error_description }).toEqual(known[body.error]);
    expect(body.request_id).toBe("$context.requestId");
    const { "Content-Type": _, ...ofFunctions } = toResult({ status, body }, httpOptions.securityHeaders).headers ?? {};
    const { "Access-Control-Allow-Origin": _o, "Access-Control-Allow-Credentials": _c, ...anyOrigin } = CORS_FOR_A;
    expect(headers).toMatchObject({ ...ofFunctions, ...(type === "ACCESS_DENIED" ? anyOrigin : CORS_FOR_A) });
  });

  it("challenge a caller without a valid credential, with the values that depend on the request from the authorizer (A1)", () => {
    expect(response("UNAUTHORIZED")).toMatchObject({
      status: 401,
      headers: { "WWW-Authenticate": "Bearer" },
      body: { error: "invalid_token" },
    });
    expect(response("ACCESS_DENIED")).toMatchObject({
      status: 401,
      body: { error: "$context.authorizer.denial", error_description: "$context.authorizer.denial_description" },
    });
  });

  const fromAuthorizer = (template: Template) => {
    const responses = Object.values(template.findResources("AWS::ApiGateway::GatewayResponse"));
    const denied = responses.find((each) => each["Properties"].ResponseType === "ACCESS_DENIED");
    return Object.fromEntries(
      Object.entries<string>(denied?.["Properties"].ResponseParameters)
        .filter(([, value]) => value.startsWith("context."))
        .map(([name, value]) => [name.replace("gatewayresponse.header.", ""), value]),
    );
  };

  it.each([[[A]], [[A, B]], [["capacitor://localhost", A, B]]])(
    "name the origin of the request in every 401, with the allowed origins %j (C5)",
    (origins) => {
      expect(fromAuthorizer(apiFor(...origins))).toEqual({
        "WWW-Authenticate": "context.authorizer.challenge",
        "Access-Control-Allow-Origin": "context.authorizer.allow_origin",
        "Access-Control-Allow-Credentials": "context.authorizer.allow_credentials",
      });
    },
  );

  it("name no origin if none is allowed (C5)", () => {
    expect(fromAuthorizer(apiFor())).toEqual({ "WWW-Authenticate": "context.authorizer.challenge" });
  });

  it("allow the only allowed app to read them, without credentials (C5)", () => {
    const throttled = getResponses(apiFor("capacitor://localhost")).get("THROTTLED")?.headers;
    expect(throttled).toMatchObject({ "Access-Control-Allow-Origin": "capacitor://localhost" });
    expect(throttled).not.toHaveProperty("Access-Control-Allow-Credentials");
  });

  it("include the hosts below in HSTS only if the setting is on (H2)", () => {
    const template = apiWith({ allowedOrigins: [A], hstsIncludeSubDomains: "on" });
    for (const { headers } of getResponses(template).values()) {
      expect(headers["Strict-Transport-Security"]).toBe("max-age=63072000; includeSubDomains");
    }
    for (const { headers } of responses.values()) expect(headers["Strict-Transport-Security"]).toBe("max-age=63072000");
  });

  it("are 404 for a missing route", () => {
    expect(response("MISSING_AUTHENTICATION_TOKEN")).toMatchObject({ status: 404, body: { error: "not_found" } });
  });

  it("have Retry-After if the same request may then succeed", () => {
    const withRetryAfter = [...responses].filter(([, { headers }]) => "Retry-After" in headers).map(([type]) => type);
    const retryable = [...responses].filter(([, { status }]) => [429, 503].includes(status)).map(([type]) => type);
    expect(withRetryAfter.sort()).toEqual(retryable.sort());
    expect(retryable).toContain("THROTTLED");
  });

  it.each([[[]], [[A, B]]])(
    "have no CORS headers for origins %j, because static headers can name one origin only (C5)",
    (origins) => {
      for (const [type, { headers }] of getResponses(apiFor(...origins))) {
        if (type !== "ACCESS_DENIED") {
          expect(Object.keys(headers).filter((name) => name.startsWith("Access-Control-"))).toEqual([]);
        }
        // The CDN may add them by origin. No cache may then serve the response of one origin to another.
        expect(headers["Vary"]).toBe(origins.length > 1 ? "Origin" : undefined);
      }
    },
  );
});

describe("preflight requests", () => {
  const getPreflights = (template: Template) =>
    Object.values(template.findResources("AWS::ApiGateway::Method"))
      .map((resource) => resource["Properties"])
      .filter(({ HttpMethod }) => HttpMethod === "OPTIONS");
  const getHeaders = (method: ReturnType<typeof getPreflights>[number]) =>
    unquoted(method.Integration.IntegrationResponses[0].ResponseParameters, "method.response.header.");

  it("get a response for each path without a credential, by exact origin, method and header (C5, H2)", () => {
    const preflights = getPreflights(template);
    expect(preflights).toHaveLength(2);
    const headers = preflights.map((method) => {
      expect(method).toMatchObject({ AuthorizationType: "NONE", Integration: { Type: "MOCK" } });
      return getHeaders(method);
    });
    expect(headers.map((each) => each["Access-Control-Allow-Methods"])).toEqual(["POST", "GET,POST"]);
    const { "Content-Type": _, ...ofFunctions } = toResult({ status: 204 }, httpOptions.securityHeaders).headers ?? {};
    for (const each of headers) {
      expect(each).toMatchObject({
        ...ofFunctions,
        ...CORS_FOR_A,
        "Access-Control-Allow-Headers": "Authorization,Content-Type,Idempotency-Key,X-CSRF-Token",
        "Access-Control-Max-Age": "600",
      });
    }
  });

  it("declare every header that they send, because API Gateway rejects a mapping to an undeclared header", () => {
    for (const { Integration, MethodResponses } of getPreflights(template)) {
      const sent = Object.keys(Integration.IntegrationResponses[0].ResponseParameters);
      expect(sent.length).toBeGreaterThan(5);
      expect(Object.keys(MethodResponses[0].ResponseParameters).sort()).toEqual(sent.sort());
      expect(MethodResponses[0].StatusCode).toBe(Integration.IntegrationResponses[0].StatusCode);
    }
  });

  it("get the own origin if several are allowed, in any case of the header's name, and no origin otherwise (C5)", () => {
    const [preflight] = getPreflights(apiFor(A, B, APP));
    expect(getHeaders(preflight)).not.toHaveProperty("Access-Control-Allow-Origin");
    expect(getHeaders(preflight)).not.toHaveProperty("Access-Control-Allow-Credentials");
    const declared = Object.keys(preflight.MethodResponses[0].ResponseParameters);
    expect(declared).toContain("method.response.header.Access-Control-Allow-Origin");
    expect(declared).toContain("method.response.header.Access-Control-Allow-Credentials");
    const lines = preflight.Integration.IntegrationResponses[0].ResponseTemplates["application/json"].split("\n");
    expect(lines).toEqual([
      '#set($upper = $input.params().header.get("Origin"))',
      '#set($lower = $input.params().header.get("origin"))',
      `#if($upper == "${A}" || $lower == "${A}")`,
      `#set($context.responseOverride.header.Access-Control-Allow-Origin = "${A}")`,
      '#set($context.responseOverride.header.Access-Control-Allow-Credentials = "true")',
      "#end",
      `#if($upper == "${B}" || $lower == "${B}")`,
      `#set($context.responseOverride.header.Access-Control-Allow-Origin = "${B}")`,
      '#set($context.responseOverride.header.Access-Control-Allow-Credentials = "true")',
      "#end",
      // Apps use bearer tokens, so they get no credentials.
      `#if($upper == "${APP}" || $lower == "${APP}")`,
      `#set($context.responseOverride.header.Access-Control-Allow-Origin = "${APP}")`,
      "#end",
    ]);
  });

  it("allow the request headers that the operator adds (C5)", () => {
    const template = apiWith({ allowedOrigins: [A], allowedRequestHeaders: ["sentry-trace", "baggage"] });
    for (const preflight of getPreflights(template)) {
      expect(getHeaders(preflight)["Access-Control-Allow-Headers"]).toBe(
        "Authorization,Content-Type,Idempotency-Key,X-CSRF-Token,sentry-trace,baggage",
      );
    }
  });

  it("do not exist if no origin is allowed (C5)", () => {
    expect(getPreflights(apiFor())).toEqual([]);
  });
});

describe("the API", () => {
  it("accepts TLS 1.2 or later only (I1)", () => {
    template.hasResourceProperties("AWS::ApiGateway::RestApi", {
      EndpointConfiguration: { Types: ["REGIONAL"] },
      SecurityPolicy: Match.stringLikeRegexp("^SecurityPolicy_TLS13_1_2_"),
      EndpointAccessMode: "STRICT",
    });
  });

  it("is throttled and logs every request, but no text of a client (I4)", () => {
    const [stage] = Object.values(template.findResources("AWS::ApiGateway::Stage"));
    expect(stage?.["Properties"].MethodSettings).toEqual([
      {
        HttpMethod: "*",
        ResourcePath: "/*",
        LoggingLevel: "OFF",
        DataTraceEnabled: false,
        ThrottlingRateLimit: expect.any(Number),
        ThrottlingBurstLimit: expect.any(Number),
      },
    ]);
    const format: Record<string, string> = JSON.parse(stage?.["Properties"].AccessLogSetting.Format);
    expect(Object.values(format)).toEqual(expect.arrayContaining(["$context.requestId", "$context.status"]));
    expect(Object.values(format).join()).not.toMatch(
      /\$context\.(path|identity\.userAgent|error\.message|integrationErrorMessage)/,
    );
  });

  it("has only authorized routes behind the authorizer", () => {
    const methods = Object.values(template.findResources("AWS::ApiGateway::Method")).map((each) => each["Properties"]);
    const types = methods.map(({ HttpMethod, AuthorizationType }) => `${HttpMethod} ${AuthorizationType}`);
    expect(types.sort()).toEqual([
      "GET CUSTOM",
      "HEAD CUSTOM",
      "OPTIONS NONE",
      "OPTIONS NONE",
      "POST CUSTOM",
      "POST NONE",
    ]);
  });
});
