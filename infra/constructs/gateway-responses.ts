import { ResponseType, type RestApi } from "aws-cdk-lib/aws-apigateway";
import { Construct } from "constructs";
import { DENIAL_CONTEXT } from "../../shared/contract/authorizer-context.ts";
import { ANY_ORIGIN_HEADERS, allowedOriginHeaders } from "../../shared/contract/cors.ts";
import { ERRORS, type ErrorCode } from "../../shared/contract/errors.ts";
import { quoted, type ResponseHeaderSettings, toSecurityHeaders } from "./response-headers.ts";

type GatewayResponse = {
  readonly status: number;
  readonly error: string;
  readonly description: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Headers whose values the authorizer sets: the header and the name in the context of the authorizer. */
  readonly contextHeaders?: Readonly<Record<string, string>>;
};

const toResponse = (error: ErrorCode, headers: Readonly<Record<string, string>> = {}): GatewayResponse => ({
  error,
  ...ERRORS[error],
  headers,
});

const RETRY_SOON = { "Retry-After": "1" };
const notFound = toResponse("not_found");
const badRequest = toResponse("invalid_request");
const tooMany = toResponse("too_many_requests", RETRY_SOON);
const internal = toResponse("internal_error");
const unavailable = toResponse("temporarily_unavailable", RETRY_SOON);

/**
 * The response to a request that the authorizer denies. The authorizer denies to its own API nothing but a missing or a bad
 * credential (docs/decisions/0024). The status is fixed. The challenge of RFC 6750 3 and CORS depend on the request, so they come
 * from the context of the denial.
 */
const denied: GatewayResponse = {
  status: ERRORS.invalid_token.status,
  error: `$context.authorizer.${DENIAL_CONTEXT.code}`,
  description: `$context.authorizer.${DENIAL_CONTEXT.description}`,
  contextHeaders: { "WWW-Authenticate": DENIAL_CONTEXT.challenge },
};

/** Every response that API Gateway itself can make, with the codes and the statuses that the functions use. */
const RESPONSES: readonly (readonly [ResponseType, GatewayResponse])[] = [
  // The response to an authorizer that throws. Ours never throws to this API, because API Gateway then drops its context.
  [ResponseType.UNAUTHORIZED, toResponse("invalid_token", { "WWW-Authenticate": "Bearer" })],
  [ResponseType.ACCESS_DENIED, denied],
  // A path or a method that does not exist is a missing token to API Gateway. The next three come from requests to such a path that
  // have an `Authorization` header: API Gateway reads the header as an AWS signature, which no route of ours uses.
  [ResponseType.MISSING_AUTHENTICATION_TOKEN, notFound],
  [ResponseType.INVALID_SIGNATURE, notFound],
  [ResponseType.EXPIRED_TOKEN, notFound],
  [ResponseType.INVALID_API_KEY, notFound],
  [ResponseType.RESOURCE_NOT_FOUND, notFound],
  [ResponseType.REQUEST_TOO_LARGE, toResponse("payload_too_large")],
  [ResponseType.UNSUPPORTED_MEDIA_TYPE, toResponse("unsupported_media_type")],
  [ResponseType.THROTTLED, tooMany],
  [ResponseType.QUOTA_EXCEEDED, tooMany],
  [ResponseType.BAD_REQUEST_BODY, badRequest],
  [ResponseType.BAD_REQUEST_PARAMETERS, badRequest],
  [ResponseType.WAF_FILTERED, badRequest],
  [ResponseType.DEFAULT_4XX, badRequest],
  // A function or an authorizer timed out, was throttled or failed. The client may repeat the same request.
  [ResponseType.INTEGRATION_TIMEOUT, unavailable],
  [ResponseType.INTEGRATION_FAILURE, unavailable],
  [ResponseType.AUTHORIZER_FAILURE, unavailable],
  [ResponseType.AUTHORIZER_CONFIGURATION_ERROR, unavailable],
  [ResponseType.API_CONFIGURATION_ERROR, internal],
  [ResponseType.DEFAULT_5XX, internal],
];

/** The part of CORS that depends on the origin, and the names in the context of a denial that hold it. */
const CONTEXT_CORS = {
  "Access-Control-Allow-Origin": DENIAL_CONTEXT.allowOrigin,
  "Access-Control-Allow-Credentials": DENIAL_CONTEXT.allowCredentials,
} as const;

/**
 * Gives every 4xx and 5xx of API Gateway the shape of the functions' errors: the JSON body, the security headers (H2), a challenge
 * on 401 (RFC 6750 3), and CORS (C5).
 *
 * A denial names the allowed origin of the request. All other responses have static headers, so they name an origin only if exactly
 * one origin is allowed. If several are allowed, a browser can read these errors only through the CDN.
 */
export class GatewayResponses extends Construct {
  constructor(scope: Construct, id: string, { api, settings }: { api: RestApi; settings: ResponseHeaderSettings }) {
    super(scope, id);
    const [origin, ...others] = settings.allowedOrigins;
    const staticCors: Readonly<Record<string, string>> =
      origin === undefined ? {} : others.length > 0 ? { Vary: ANY_ORIGIN_HEADERS.Vary } : allowedOriginHeaders(origin);

    for (const [type, { status, error, description, headers, contextHeaders }] of RESPONSES) {
      const body = { error, error_description: description, request_id: "$context.requestId" };
      const corsByContext = contextHeaders !== undefined && origin !== undefined;
      const cors = corsByContext ? ANY_ORIGIN_HEADERS : staticCors;
      api.addGatewayResponse(type.responseType, {
        type,
        statusCode: String(status),
        responseHeaders: {
          ...quoted({ ...toSecurityHeaders(settings), ...cors, ...headers }),
          ...fromContext({ ...contextHeaders, ...(corsByContext ? CONTEXT_CORS : {}) }),
        },
        templates: { "application/json": JSON.stringify(body) },
      });
    }
  }
}

/** A value without quotes is read from the context. Source: "Parameter mapping for REST APIs". */
const fromContext = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, member]) => [name, `context.authorizer.${member}`]));
