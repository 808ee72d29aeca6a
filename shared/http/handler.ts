import middy, { type MiddlewareObj } from "@middy/core";
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from "aws-lambda";
import type * as z from "zod/mini";
import { isTemporary } from "../aws/errors.ts";
import { DENIAL_CONTEXT } from "../contract/authorizer-context.ts";
import type { SecurityHeaders } from "../contract/security-headers.ts";
import { withinInvocation } from "../deadline.ts";
import { isErrorCode, LatchkeyError } from "../errors.ts";
import { type Log, writeLog } from "../log/log.ts";
import { securityHeadersFromEnvironment } from "../wiring/security-headers.ts";
import { corsHeaders } from "./cors.ts";
import { rejectRepeatedHeaders, requestHeaders } from "./header-values.ts";
import { type HttpRequest, readCaller, toRequest } from "./request.ts";
import { type HttpResponse, toErrorResponse, toResult } from "./response.ts";

export type HttpOptions = {
  /** Origins of browsers that may read the answers (C5). */
  readonly allowedOrigins: readonly string[];
  /** Takes a line about an error nobody foresaw. @default the log */
  readonly log?: Log;
  /** The headers of every response. @default as the environment says */
  readonly security?: SecurityHeaders;
};

export type HttpHandler = (event: APIGatewayProxyEvent, context: object) => Promise<APIGatewayProxyResult>;

type Middleware = MiddlewareObj<APIGatewayProxyEvent, APIGatewayProxyResult>;

/** Ours are a few hundred bytes; more is not read, let alone hashed. */
const MAX_BODY_LENGTH = 16_384;

/**
 * Makes a Lambda handler for a REST API's proxy integration of a function over requests with a checked JSON body. Whatever
 * goes wrong is answered in the one error shape: bad input 4xx, a passing fault of AWS 503, anything else 500.
 */
export const httpHandler = <Body>(
  bodySchema: z.ZodMiniType<Body>,
  run: (request: HttpRequest<Body>) => Promise<HttpResponse>,
  { allowedOrigins, log = writeLog, security = securityHeadersFromEnvironment() }: HttpOptions,
): HttpHandler =>
  middy<APIGatewayProxyEvent, APIGatewayProxyResult>()
    .use(withoutContentForHead())
    // On the way back the order is the reverse: errors become answers before CORS headers are added to them.
    .use(allowOrigins(allowedOrigins))
    .use(respondToErrors(log, security))
    .use(rejectDenied)
    .use(requireSingleHeaders)
    .use(readBody)
    .handler(async (event, context) =>
      toResult(await withinInvocation(context, () => run(toRequest(event, bodySchema))), security),
    ) as HttpHandler;

/**
 * The authorizer lets a request through to its own API that it denies with 403, and says so in the context
 * (docs/decisions/0024): here the request ends, before its body is read.
 */
const rejectDenied: Middleware = {
  before: ({ event }) => {
    const denial: unknown = event.requestContext.authorizer?.[DENIAL_CONTEXT.code];
    if (denial === undefined || denial === null) return;
    throw new LatchkeyError(isErrorCode(denial) ? denial : "internal_error");
  },
};

/** The response to HEAD is the one to GET without its content (RFC 9110 9.3.2). */
const withoutContentForHead = (): Middleware => {
  const drop: Middleware["after"] = ({ event, response }) => {
    if (response && event.httpMethod === "HEAD") response.body = "";
  };
  return { after: drop, onError: drop };
};

/** A request with two values of a header that decides something is ambiguous, on every route (C7). */
const requireSingleHeaders: Middleware = {
  before: ({ event }) => rejectRepeatedHeaders(requestHeaders(event)),
};

/** RFC 9110 8.3.1: a media type is told apart without regard to case, and may have parameters. */
const JSON_TYPE = /^application\/(?:[a-z0-9.-]+\+)?json[ \t]*(?:;|$)/i;

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** No body is an empty one; anything else must say that it is JSON and be it (L4, E1). */
const readBody: Middleware = {
  before: ({ event }) => {
    Object.assign(event, { body: parseBody(event) });
  },
};

const parseBody = (event: APIGatewayProxyEvent): unknown => {
  const { body, isBase64Encoded } = event;
  if (body === null || body === undefined || body === "") return {};
  if (body.length > MAX_BODY_LENGTH) throw new LatchkeyError("payload_too_large");
  if (!JSON_TYPE.test(requestHeaders(event).single("content-type") ?? ""))
    throw new LatchkeyError("unsupported_media_type");
  try {
    return JSON.parse(isBase64Encoded ? utf8.decode(Buffer.from(body, "base64")) : body);
  } catch {
    // The SyntaxError quotes the body (G1): it goes no further than this.
    throw new LatchkeyError("invalid_request", { description: "The body is not valid JSON." });
  }
};

const allowOrigins = (allowedOrigins: readonly string[]): Middleware => {
  const add: Middleware["after"] = ({ event, response }) => {
    if (!response) return;
    const headers = requestHeaders(event);
    const origin = headers.isRepeated("origin") ? undefined : headers.single("origin");
    response.headers = { ...response.headers, ...corsHeaders(origin, allowedOrigins) };
  };
  return { after: add, onError: add };
};

const respondToErrors = (log: Log, security: SecurityHeaders): Middleware => ({
  onError: (request) => {
    const { requestId, ip, userAgent } = readCaller(request.event);
    const error = toLatchkeyError(request.error);
    if (error.code === "csrf_failed") {
      log("info", "request_denied", { requestId, ip, userAgent, route: request.event.resource, reason: error.code });
    }
    if (error.code === "internal_error" || error.code === "temporarily_unavailable") {
      log("error", "request_failed", {
        requestId,
        error: error.code,
        ...error.logged,
        cause: describeCause(error.cause),
      });
    }
    request.response = toResult(toErrorResponse(error, requestId), security);
  },
});

const toLatchkeyError = (error: unknown): LatchkeyError => {
  if (error instanceof LatchkeyError) return error;
  if (isTemporary(error)) return new LatchkeyError("temporarily_unavailable", { retryAfterSeconds: 1, cause: error });
  return new LatchkeyError("internal_error", { cause: error });
};

/** The class of an error and where our code threw it; never its message, which may quote input or tables. */
const describeCause = (cause: unknown): unknown =>
  cause instanceof Error ? { name: cause.name, at: listFrames(cause).slice(0, 3) } : undefined;

/** A stack begins with the message, which may have several lines. */
const listFrames = ({ message, stack = "" }: Error): readonly string[] =>
  stack
    .replace(message, "")
    .split("\n")
    .filter((line) => /^ {4}at \S/.test(line))
    .map((line) => line.trim());
