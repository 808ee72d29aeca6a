import { ResponseType, type RestApi } from "aws-cdk-lib/aws-apigateway";
import { Construct } from "constructs";
import { corsHeaders, quoted, SECURITY_HEADERS } from "./response-headers.ts";

type GatewayResponse = {
  readonly type: ResponseType;
  readonly status: number;
  readonly error: string;
  readonly description: string;
  readonly headers?: Readonly<Record<string, string>>;
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
  {
    type: ResponseType.UNAUTHORIZED,
    status: 401,
    error: "invalid_token",
    description: "The access token is missing, invalid, expired or revoked.",
    headers: { "WWW-Authenticate": 'Bearer error="invalid_token"' },
  },
  // The authorizer says which it is: too little scope, or a session in cookies without its CSRF token.
  {
    type: ResponseType.ACCESS_DENIED,
    status: 403,
    error: "$context.authorizer.denial",
    description: "$context.authorizer.denial_description",
    headers: { "WWW-Authenticate": 'Bearer error="insufficient_scope"' },
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

/**
 * Makes every 4xx and 5xx of the gateway a proper answer: the JSON error shape, the security headers (H2), a challenge on
 * 401 and 403 (RFC 6750 3), and CORS (C5). Their headers are static, so CORS needs exactly one allowed origin; with several
 * a browser sees gateway-made errors only through the CDN, which adds the headers for the one that asks.
 */
export class GatewayResponses extends Construct {
  constructor(scope: Construct, id: string, props: { api: RestApi; allowedOrigins: readonly string[] }) {
    super(scope, id);
    const [origin, ...others] = props.allowedOrigins;
    const cors = others.length > 0 ? { Vary: "Origin" } : origin === undefined ? {} : corsHeaders(origin);

    for (const { type, status, error, description, headers } of ANSWERS) {
      const body = { error, error_description: description, request_id: "$context.requestId" };
      props.api.addGatewayResponse(type.responseType, {
        type,
        statusCode: String(status),
        responseHeaders: quoted({ ...SECURITY_HEADERS, ...cors, ...headers }),
        templates: { "application/json": JSON.stringify(body) },
      });
    }
  }
}
