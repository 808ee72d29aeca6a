import type { IncomingMessage, ServerResponse } from "node:http";
import type { CloudEnvironment } from "../cloudformation/references.ts";
import type { Invocation } from "../lambda/execution-environment.ts";
import type { Clock } from "../support/clock.ts";
import { trimSpaceAndTab } from "../support/http-text.ts";
import { createAuthorize } from "./authorizer.ts";
import type { AuthorizerDefinition } from "./authorizer-definition.ts";
import { type GatewayRequest, headerBytes, headerValues, readGatewayRequest } from "./gateway-request.ts";
import { GatewayError, renderGatewayResponse } from "./gateway-responses.ts";
import type { LambdaProxy, Mock } from "./integrations.ts";
import type { ApiCall, HttpResponse, RequestContext, RestApi } from "./model.ts";
import { createProxyEvent, createRequestContext } from "./proxy-event.ts";
import { readProxyResponse } from "./proxy-response.ts";
import { findRoute } from "./routes.ts";

/** What a gateway needs. */
export type GatewayOptions = {
  readonly api: RestApi;
  readonly environment: CloudEnvironment;
  readonly clock: Clock;
  /** Runs a function once. Never rejects. */
  readonly invoke: (functionName: string, event: unknown) => Promise<Invocation>;
};

/** Source: "Quotas for configuring and running a REST API in API Gateway". */
const MAX_BODY_BYTES = 10 * 1024 * 1024;
const MAX_HEADER_BYTES = 10_240;
const MAX_METHOD_ARN_BYTES = 1600;

/**
 * Creates a handler that serves a REST API: finds the route, runs the authorizer, runs the integration. Every failure becomes a
 * gateway response.
 */
export const createGateway = ({ api, environment, clock, invoke }: GatewayOptions) => {
  const authorize = createAuthorize(invoke, clock);

  const authorized = async (authorizer: AuthorizerDefinition, call: ApiCall): Promise<RequestContext> => {
    const { partition, region, accountId } = environment;
    const { httpMethod, path } = call.request;
    const methodArn = `arn:${partition}:execute-api:${region}:${accountId}:${api.apiId}/${api.stage}/${httpMethod}${path}`;
    if (Buffer.byteLength(methodArn) > MAX_METHOD_ARN_BYTES) {
      throw new GatewayError("URI_TOO_LONG", "Request URI too long");
    }
    return { ...call.context, authorizer: await authorize(authorizer, call, methodArn) };
  };

  const proxy = async (integration: LambdaProxy, call: ApiCall, body: Buffer): Promise<HttpResponse> => {
    const { request } = call;
    const isBase64Encoded = body.length > 0 && isBinary(headerValues(request, "content-type").at(-1) ?? "");
    const text = body.length === 0 ? null : body.toString(isBase64Encoded ? "base64" : "utf8");
    const event = createProxyEvent(call, { text, isBase64Encoded });
    const invocation = await within(integration.timeoutMs, invoke(integration.functionName, event));
    if (!invocation.ok && invocation.reason === "too-large") {
      throw new GatewayError("REQUEST_TOO_LARGE", "Request Too Long");
    }
    const acceptsBinary = isBinary(headerValues(request, "accept").join(",").split(",")[0] ?? "");
    const response = invocation.ok ? readProxyResponse(invocation.payload, acceptsBinary) : undefined;
    if (response === undefined) throw new GatewayError("BAD_GATEWAY", "Internal server error");
    return { ...response, headers: [...response.headers, ["X-Amzn-Trace-Id", request.traceId]] };
  };

  const isBinary = (mediaType: string): boolean => {
    const type = trimSpaceAndTab(mediaType.split(";")[0] ?? "").toLowerCase();
    return api.binaryMediaTypes.some((binary) => binary === "*/*" || binary.toLowerCase() === type);
  };

  const send = (outgoing: ServerResponse, request: GatewayRequest, response: HttpResponse): void => {
    const headers = new Map<string, string[]>();
    for (const [name, value] of response.headers) headers.set(name, [...(headers.get(name) ?? []), value]);
    for (const [name, values] of headers) outgoing.setHeader(name, values);
    outgoing.setHeader("Date", new Date(clock.now()).toUTCString());
    outgoing.setHeader("x-amzn-RequestId", request.requestId);
    outgoing.setHeader("x-amz-apigw-id", request.extendedRequestId);
    if (response.statusCode !== 204) outgoing.setHeader("Content-Length", response.body.length);
    outgoing.writeHead(response.statusCode).end(response.body);
  };

  return async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const request = readGatewayRequest(incoming, clock.now());
    const route = findRoute(api.resources, request.httpMethod, request.path);
    let context = createRequestContext(request, api, environment.accountId, route);
    let response: HttpResponse;
    try {
      if (headerBytes(incoming) > MAX_HEADER_BYTES) {
        throw new GatewayError("HEADERS_TOO_LARGE", "Request Header Fields Too Large");
      }
      const body = await readBody(incoming);
      if (route === undefined) throw createRouteError(request);
      const { authorizer, integration } = route.method;
      if (authorizer !== undefined) context = await authorized(authorizer, { request, route, context });
      response =
        integration.type === "mock"
          ? preflight(integration, request)
          : await proxy(integration, { request, route, context }, body);
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      response = renderGatewayResponse(error, api.gatewayResponses, request, context);
    }
    send(outgoing, request, response);
  };
};

/** If a path is unknown, API Gateway takes an `Authorization` header as an AWS signature. */
const createRouteError = (request: GatewayRequest): GatewayError =>
  headerValues(request, "authorization").length > 0
    ? new GatewayError("INVALID_SIGNATURE", "Authorization header is not an AWS signature")
    : new GatewayError("MISSING_AUTHENTICATION_TOKEN", "Missing Authentication Token");

const preflight = (mock: Mock, request: GatewayRequest): HttpResponse => {
  const origin = headerValues(request, "origin").at(-1);
  const headers = { ...mock.headers, ...mock.headersByOrigin.get(origin ?? "") };
  return { statusCode: mock.statusCode, headers: Object.entries(headers), body: Buffer.alloc(0) };
};

const readBody = async (incoming: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming) {
    bytes += chunk.length;
    // The rest of the body is read and dropped, so that the client can read the response.
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  if (bytes > MAX_BODY_BYTES) {
    throw new GatewayError("REQUEST_TOO_LARGE", `HTTP content length exceeded ${MAX_BODY_BYTES} bytes.`);
  }
  return Buffer.concat(chunks);
};

/** After the time-out the gateway responds with an error. The function continues, as on AWS. */
const within = async (milliseconds: number, invocation: Promise<Invocation>): Promise<Invocation> => {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new GatewayError("INTEGRATION_TIMEOUT", "Endpoint request timed out")),
      milliseconds,
    );
  });
  try {
    return await Promise.race([invocation, timeout]);
  } finally {
    clearTimeout(timer);
  }
};
