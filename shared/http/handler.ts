import middy from "@middy/core";
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from "aws-lambda";
import type * as z from "zod/mini";
import { DENIAL_CONTEXT } from "../contract/authorizer-context.ts";
import { withinInvocation } from "../deadline.ts";
import { isErrorCode, LatchkeyError } from "../errors.ts";
import { toCorsHeaders } from "./cors.ts";
import { rejectRepeatedHeaders, requestHeaders } from "./header-values.ts";
import type { HttpOptions } from "./http-options.ts";
import { readJsonBody } from "./json-body.ts";
import type { Middleware } from "./middleware.ts";
import { type HttpRequest, toRequest } from "./request.ts";
import { respondToErrors } from "./respond-to-errors.ts";
import { type HttpResponse, toResult } from "./response.ts";

/** A Lambda handler behind a REST API with proxy integration. */
export type HttpHandler = (event: APIGatewayProxyEvent, context: object) => Promise<APIGatewayProxyResult>;

/**
 * Makes a Lambda handler for a REST API with proxy integration. `run` gets a request whose body has passed `bodySchema`.
 * Every error becomes a response in the one shape of errors: bad input 4xx, a temporary fault of AWS 503, anything else 500.
 *
 * The checks run from top to bottom, before `run`. The headers of CORS are added after an error has become a response.
 *
 * @example
 * export const handler = httpHandler(
 *   z.object({ name: z.string() }),
 *   async ({ body }) => ({ status: 200, body: { greeting: `Hello ${body.name}` } }),
 *   httpOptionsFromEnvironment(),
 * );
 */
export const httpHandler = <Body>(
  bodySchema: z.ZodMiniType<Body>,
  run: (request: HttpRequest<Body>) => Promise<HttpResponse>,
  options: HttpOptions,
): HttpHandler =>
  middy<APIGatewayProxyEvent, APIGatewayProxyResult>()
    .use(withoutContentForHead())
    .use(addCorsHeaders(options))
    .use(respondToErrors(options))
    .use(rejectDenied)
    .use(requireSingleHeaders)
    .use(readJsonBody())
    .handler(async (event, context) => {
      const response = await withinInvocation(context, () => run(toRequest(event, bodySchema)));
      return toResult(response, options.securityHeaders);
    }) as HttpHandler;

/** The response to HEAD is the response to GET without its content (RFC 9110 9.3.2). */
const withoutContentForHead = (): Middleware => {
  const drop: Middleware["after"] = ({ event, response }) => {
    if (response && event.httpMethod === "HEAD") response.body = "";
  };
  return { after: drop, onError: drop };
};

/** A request with two `Origin` headers gets no headers that name an origin (C7). */
const addCorsHeaders = ({ allowedOrigins }: HttpOptions): Middleware => {
  const add: Middleware["after"] = ({ event, response }) => {
    if (!response) return;
    response.headers = { ...response.headers, ...toCorsHeaders(requestHeaders(event), allowedOrigins) };
  };
  return { after: add, onError: add };
};

/**
 * Rejects a request that the authorizer denies with 403. For the service's own API the authorizer allows such a request and
 * puts the denial into the context (docs/decisions/0024). The request ends here, before its body is read.
 */
const rejectDenied: Middleware = {
  before: ({ event }) => {
    const denial: unknown = event.requestContext.authorizer?.[DENIAL_CONTEXT.code];
    if (denial === undefined || denial === null) return;
    throw new LatchkeyError(isErrorCode(denial) ? denial : "internal_error");
  },
};

/** Rejects a request with two values of a header that decides something, on every route (C7). */
const requireSingleHeaders: Middleware = {
  before: ({ event }) => rejectRepeatedHeaders(requestHeaders(event)),
};
