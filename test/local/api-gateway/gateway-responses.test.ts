import { describe, expect, it } from "vitest";
import { GatewayError, renderGatewayResponse } from "../../../local/api-gateway/gateway-responses.ts";
import type { GatewayResponseDefinition } from "../../../local/api-gateway/model.ts";
import { createRequestContext } from "../../../local/api-gateway/proxy-event.ts";
import { aGatewayRequest } from "./gateway-request.ts";

const request = aGatewayRequest({ headers: new Map([["Origin", ["https://app.example"]]]) });
const api = {
  apiId: "api",
  stage: "test",
  invokeUrl: "",
  binaryMediaTypes: [],
  resources: [],
  gatewayResponses: new Map(),
};
const context = createRequestContext(request, api, "000000000000", undefined);

const unauthorized = new GatewayError("UNAUTHORIZED", "Unauthorized");
const badGateway = new GatewayError("BAD_GATEWAY", "Internal server error");

const define = (parts: Partial<GatewayResponseDefinition>): GatewayResponseDefinition => ({
  statusCode: undefined,
  parameters: {},
  templates: {},
  ...parts,
});
const renderResponse = (
  error: GatewayError,
  responses: Record<string, Partial<GatewayResponseDefinition>>,
  accept?: string,
) => {
  const defined = new Map(Object.entries(responses).map(([type, parts]) => [type, define(parts)]));
  const headers = new Map([...request.headers, ...(accept === undefined ? [] : [["accept", [accept]] as const])]);
  const response = renderGatewayResponse(error, defined, { ...request, headers }, context);
  return { status: response.statusCode, headers: Object.fromEntries(response.headers), body: response.body.toString() };
};

describe("a response that the gateway makes itself", () => {
  it.each([
    ["UNAUTHORIZED", "Unauthorized", 401, "UnauthorizedException"],
    ["ACCESS_DENIED", "Denied", 403, "AccessDeniedException"],
    ["MISSING_AUTHENTICATION_TOKEN", "Missing Authentication Token", 403, "MissingAuthenticationTokenException"],
    ["REQUEST_TOO_LARGE", "Too large", 413, "RequestTooLargeException"],
    ["AUTHORIZER_CONFIGURATION_ERROR", null, 500, "AuthorizerConfigurationException"],
    ["AUTHORIZER_FAILURE", null, 500, "AuthorizerFailureException"],
    ["BAD_GATEWAY", "Internal server error", 502, "InternalServerErrorException"],
    ["INTEGRATION_TIMEOUT", "Endpoint request timed out", 504, "InternalServerErrorException"],
  ] as const)("is AWS's own for %s when nothing is customized", (type, message, status, errorType) => {
    const response = renderResponse(new GatewayError(type, message), {});
    expect(response.status).toBe(status);
    expect(response.headers).toEqual({ "Content-Type": "application/json", "x-amzn-ErrorType": errorType });
    expect(JSON.parse(response.body)).toEqual({ message });
  });

  it("has the status, the headers and the body that the API defines for its type (A1)", () => {
    const response = renderResponse(unauthorized, {
      UNAUTHORIZED: {
        statusCode: 401,
        parameters: { "gatewayresponse.header.WWW-Authenticate": `'Bearer error="invalid_token"'` },
        templates: { "application/json": '{"error":"invalid_token","request_id":"$context.requestId"}' },
      },
      DEFAULT_4XX: { statusCode: 400 },
    });
    expect(response.status).toBe(401);
    expect(response.headers["WWW-Authenticate"]).toBe('Bearer error="invalid_token"');
    expect(response.body).toBe('{"error":"invalid_token","request_id":"request-1"}');
  });

  it.each([
    ["DEFAULT_4XX", unauthorized, { statusCode: 418 }, 418],
    ["DEFAULT_4XX without a status, which keeps the error's", unauthorized, {}, 401],
    ["DEFAULT_5XX", badGateway, { statusCode: 500 }, 500],
    ["DEFAULT_5XX without a status", badGateway, {}, 502],
  ])("falls back to %s", (name, error, definition, status) => {
    const type = name.slice(0, "DEFAULT_4XX".length);
    const response = renderResponse(error, { [type]: { ...definition, templates: { "application/json": type } } });
    expect(response).toMatchObject({ status, body: type });
  });

  it("does not fall back from a 4xx to the default of 5xx", () => {
    expect(renderResponse(unauthorized, { DEFAULT_5XX: { statusCode: 500 } }).status).toBe(401);
  });

  it("substitutes variables in bodies, and nothing where there is no value", () => {
    const template =
      "$context.error.message|$context.error.messageString|$context.error.responseType|$context.identity.sourceIp|$context.path|$context.none.at.all|$other";
    const response = renderResponse(unauthorized, { UNAUTHORIZED: { templates: { "application/json": template } } });
    expect(response.body).toBe('Unauthorized|"Unauthorized"|UNAUTHORIZED|127.0.0.1|/test/auth/me||$other');
  });

  it("can use the values that the authorizer passed on with a rejection", () => {
    const denied = new GatewayError("ACCESS_DENIED", "Denied", { principalId: "u", reason: "csrf_failed" });
    const templates = { "application/json": '{"error":"$context.authorizer.reason"}' };
    expect(renderResponse(denied, { ACCESS_DENIED: { templates } }).body).toBe('{"error":"csrf_failed"}');
  });

  it("copies headers from the request and the context, in any case (C5)", () => {
    const parameters = {
      "gatewayresponse.header.Access-Control-Allow-Origin": "method.request.header.origin",
      "gatewayresponse.header.X-Request-Id": "context.requestId",
      "gatewayresponse.header.X-None": "method.request.header.none",
    };
    expect(renderResponse(unauthorized, { UNAUTHORIZED: { parameters } }).headers).toMatchObject({
      "Access-Control-Allow-Origin": "https://app.example",
      "X-Request-Id": "request-1",
      "X-None": "",
    });
  });

  it("chooses the template that the client accepts, JSON otherwise", () => {
    const templates = { "application/json": "{}", "text/html": "<p>" };
    expect(renderResponse(unauthorized, { UNAUTHORIZED: { templates } }, "text/html;q=0.9, */*").body).toBe("<p>");
    expect(renderResponse(unauthorized, { UNAUTHORIZED: { templates } }, "image/png").body).toBe("{}");
  });
});
