import * as z from "zod/mini";
import type { Call } from "../../shared/http/csrf.ts";
import { type RequestHeaders, requestHeaders } from "../../shared/http/header-values.ts";

/** The parts of an authorizer event that decide, and the form of the response that this kind of event needs. */
export type AuthorizerRequest = {
  readonly responseFormat: "policy" | "simple";
  /** REST and WebSocket APIs turn a thrown `Unauthorized` into 401. HTTP APIs turn every throw into 500. */
  readonly rejectBy: "throwing" | "denying";
  /** The ARN of the route, for a policy. */
  readonly routeArn: string;
  readonly headers: RequestHeaders;
  /** The `Cookie` headers. Payload 2.0 lists single cookies instead. */
  readonly cookies: readonly string[];
  readonly call: Call;
};

/** RFC 9110 9.2.1, without TRACE, which API Gateway does not have. Every other method, also a missing one, counts as unsafe. */
const SAFE_METHODS = ["GET", "HEAD", "OPTIONS"];
const toCall = (method: string | null | undefined): Call => (SAFE_METHODS.includes(method ?? "") ? "safe" : "unsafe");

const headers = z.nullish(z.record(z.string(), z.nullish(z.string())));
const multiValueHeaders = z.nullish(z.record(z.string(), z.nullish(z.array(z.string()))));
const httpMethod = z.nullish(z.string());
/** `arn:aws:execute-api:region:account:api/stage/…`. Without a stage the policy would not cover the stage (A2). */
const routeArn = z.string().check(z.regex(/^arn:[^:/]+:execute-api:[^:/]+:[^:/]+:[^:/*]+\/[^/]+\//));

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html (payload 2.0) */
const httpApi2 = z.object({
  version: z.literal("2.0"),
  routeArn,
  headers,
  cookies: z.nullish(z.array(z.string())),
  requestContext: z.nullish(z.object({ http: z.nullish(z.object({ method: httpMethod })) })),
});
/** The same page, payload 1.0. Events of REST and WebSocket APIs look alike but have no `version`. */
const httpApi1 = z.object({ version: z.literal("1.0"), methodArn: routeArn, httpMethod, headers, multiValueHeaders });
/** https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-input.html */
const request = z.object({
  type: z.literal("REQUEST"),
  methodArn: routeArn,
  httpMethod,
  headers,
  multiValueHeaders,
  /** Only WebSocket APIs send `eventType`. They call the authorizer for `$connect` and for no later message. */
  requestContext: z.nullish(z.object({ eventType: z.nullish(z.string()) })),
});
const token = z.object({ type: z.literal("TOKEN"), methodArn: routeArn, authorizationToken: z.optional(z.string()) });

/** Builds the request of every kind of event, so that headers and cookies are read in one way. */
const authorizerRequest = (
  event: Parameters<typeof requestHeaders>[0] & { readonly cookies?: readonly string[] | null | undefined },
  kind: Pick<AuthorizerRequest, "responseFormat" | "rejectBy" | "routeArn" | "call">,
): AuthorizerRequest => {
  const headers = requestHeaders(event);
  return { ...kind, headers, cookies: event.cookies ?? headers.cookies() };
};

const anyEvent = z.union([
  z.pipe(
    httpApi2,
    z.transform((event) => {
      const call = toCall(event.requestContext?.http?.method);
      return authorizerRequest(event, {
        responseFormat: "simple",
        rejectBy: "denying",
        routeArn: event.routeArn,
        call,
      });
    }),
  ),
  z.pipe(
    httpApi1,
    z.transform((event) => {
      const call = toCall(event.httpMethod);
      return authorizerRequest(event, {
        responseFormat: "policy",
        rejectBy: "denying",
        routeArn: event.methodArn,
        call,
      });
    }),
  ),
  z.pipe(
    request,
    z.transform((event) => {
      const call = event.requestContext?.eventType === "CONNECT" ? "connect" : toCall(event.httpMethod);
      return authorizerRequest(event, {
        responseFormat: "policy",
        rejectBy: "throwing",
        routeArn: event.methodArn,
        call,
      });
    }),
  ),
  z.pipe(
    token,
    z.transform((event) => {
      // The event has the value of one header, no cookies and no method. The CSRF check concerns cookies only.
      const headers = { authorization: event.authorizationToken };
      const kind = {
        responseFormat: "policy",
        rejectBy: "throwing",
        routeArn: event.methodArn,
        call: "unsafe",
      } as const;
      return authorizerRequest({ headers }, kind);
    }),
  ),
]);

/**
 * Turns an event of any kind of authorizer into one type of request.
 * @throws Error if the event is not from an API Gateway authorizer, because the function is attached to something else
 */
export const parseAuthorizerEvent = (event: unknown): AuthorizerRequest => {
  const parsed = anyEvent.safeParse(event);
  if (!parsed.success) throw new Error("Not an event of an API Gateway authorizer");
  return parsed.data;
};
