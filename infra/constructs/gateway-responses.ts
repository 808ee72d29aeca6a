import { ResponseType, type RestApi } from "aws-cdk-lib/aws-apigateway";
import { Construct } from "constructs";
import { corsHeaders, quoted, type ResponseHeaderSettings, securityHeaders } from "./response-headers.ts";

type GatewayResponse = {
  readonly type: ResponseType;
  readonly status: number;
  readonly error: string;
  readonly description: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The authorizer tells the values of some headers by its context: a header and the name in the context. */
  readonly contextHeaders?: Readonly<Record<string, string>>;
};

const RETRY_SOON = { "Retry-After": "1" };
const notFound = { status: 404, error: "not_found", description: "There is nothing here." };
const badRequest = { status: 400, error: "invalid_request", description: "The request is malformed." };
const tooMany = {
  status: 429,
  error: "too_many_requests",
  description: "Too many requests. Try again later.",
  headers: RETRY_SOON,
};
const internal = { status: 500, error: "internal_error", description: "Something went wrong on our side." };
const unavailable = {
  status: 503,
  error: "temporarily_unavailable",
  description: "The service is busy. Try the same request again.",
  headers: RETRY_SOON,
};

/** Every answer that the gateway itself can make, with the codes and statuses that the functions use. */
const ANSWERS: readonly GatewayResponse[] = [
  // What an authorizer says by throwing. Ours never throws to this API, because API Gateway then drops its context.
  {
    type: ResponseType.UNAUTHORIZED,
    status: 401,
    error: "invalid_token",
    description: "The access token is missing, invalid, expired or revoked.",
    headers: { "WWW-Authenticate": "Bearer" },
  },
  // To its own API the authorizer denies nothing but a missing or bad credential (docs/decisions/0024). The status is
  // fixed; what depends on the request comes from the context of the denial: the challenge of RFC 6750 3 and CORS.
  {
    type: ResponseType.ACCESS_DENIED,
    status: 401,
    error: "$context.authorizer.denial",
    description: "$context.authorizer.denial_description",
    contextHeaders: { "WWW-Authenticate": "challenge" },
  },
  // What API Gateway calls a missing token is a path or method that does not exist. The next three come from requests to
  // such a path that carry an Authorization header, which it then reads as an AWS signature: no route of ours takes one.
  { type: ResponseType.MISSING_AUTHENTICATION_TOKEN, ...notFound },
  { type: ResponseType.INVALID_SIGNATURE, ...notFound },
  { type: ResponseType.EXPIRED_TOKEN, ...notFound },
  { type: ResponseType.INVALID_API_KEY, ...notFound },
  { type: ResponseType.RESOURCE_NOT_FOUND, ...notFound },
  {
    type: ResponseType.REQUEST_TOO_LARGE,
    status: 413,
    error: "payload_too_large",
    description: "The request body is too large.",
  },
  {
    type: ResponseType.UNSUPPORTED_MEDIA_TYPE,
    status: 415,
    error: "unsupported_media_type",
    description: "The request body must be application/json.",
  },
  { type: ResponseType.THROTTLED, ...tooMany },
  { type: ResponseType.QUOTA_EXCEEDED, ...tooMany },
  { type: ResponseType.BAD_REQUEST_BODY, ...badRequest },
  { type: ResponseType.BAD_REQUEST_PARAMETERS, ...badRequest },
  { type: ResponseType.WAF_FILTERED, ...badRequest },
  { type: ResponseType.DEFAULT_4XX, ...badRequest },
  // A function or an authorizer that timed out, was throttled or failed: the client may repeat the very same request.
  { type: ResponseType.INTEGRATION_TIMEOUT, ...unavailable },
  { type: ResponseType.INTEGRATION_FAILURE, ...unavailable },
  { type: ResponseType.AUTHORIZER_FAILURE, ...unavailable },
  { type: ResponseType.AUTHORIZER_CONFIGURATION_ERROR, ...unavailable },
  { type: ResponseType.API_CONFIGURATION_ERROR, ...internal },
  { type: ResponseType.DEFAULT_5XX, ...internal },
];

/** Which names of the authorizer's context hold the part of CORS that depends on the origin (`functions/authorizer/response.ts`). */
const CONTEXT_CORS = {
  "Access-Control-Allow-Origin": "allow_origin",
  "Access-Control-Allow-Credentials": "allow_credentials",
} as const;

/** The part of CORS that is the same for every origin. */
const ANY_ORIGIN_CORS = { Vary: "Origin", "Access-Control-Expose-Headers": "Retry-After" } as const;

/**
 * Makes every 4xx and 5xx of the gateway a proper answer: the JSON error shape, the security headers (H2), a challenge on
 * 401 (RFC 6750 3), and CORS (C5). The 401 names the allowed origin that asks. The headers of all others are static, so
 * they name an origin only if exactly one is allowed; with several a browser reads these errors only through the CDN.
 */
export class GatewayResponses extends Construct {
  constructor(scope: Construct, id: string, { api, settings }: { api: RestApi; settings: ResponseHeaderSettings }) {
    super(scope, id);
    const [origin, ...others] = settings.allowedOrigins;
    const staticCors: Readonly<Record<string, string>> =
      origin === undefined ? {} : others.length > 0 ? { Vary: "Origin" } : corsHeaders(origin);

    for (const { type, status, error, description, headers, contextHeaders } of ANSWERS) {
      const body = { error, error_description: description, request_id: "$context.requestId" };
      const byContext = contextHeaders !== undefined && origin !== undefined;
      api.addGatewayResponse(type.responseType, {
        type,
        statusCode: String(status),
        responseHeaders: {
          ...quoted({ ...securityHeaders(settings), ...(byContext ? ANY_ORIGIN_CORS : staticCors), ...headers }),
          ...fromContext({ ...contextHeaders, ...(byContext ? CONTEXT_CORS : {}) }),
        },
        templates: { "application/json": JSON.stringify(body) },
      });
    }
  }
}

/** Source: "Parameter mapping for REST APIs"; without quotes API Gateway takes the value from the context. */
const fromContext = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, member]) => [name, `context.authorizer.${member}`]));
