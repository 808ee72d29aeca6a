import { trimSpaceAndTab } from "../support/http-text.ts";
import { type GatewayRequest, headerValues } from "./gateway-request.ts";
import type { AuthorizerContext, GatewayResponseDefinition, HttpResponse, RequestContext } from "./model.ts";

/**
 * The responses that API Gateway makes itself: the status, and the name of the error in `x-amzn-ErrorType`. The last three are not
 * response types of AWS. The gateway uses DEFAULT_5XX and DEFAULT_4XX for them.
 * Source: "Gateway response types for API Gateway".
 */
const TYPES = {
  ACCESS_DENIED: { status: 403, errorType: "AccessDeniedException" },
  API_CONFIGURATION_ERROR: { status: 500, errorType: "ApiConfigurationException" },
  AUTHORIZER_CONFIGURATION_ERROR: { status: 500, errorType: "AuthorizerConfigurationException" },
  AUTHORIZER_FAILURE: { status: 500, errorType: "AuthorizerFailureException" },
  INTEGRATION_TIMEOUT: { status: 504, errorType: "InternalServerErrorException" },
  INVALID_SIGNATURE: { status: 403, errorType: "IncompleteSignatureException" },
  MISSING_AUTHENTICATION_TOKEN: { status: 403, errorType: "MissingAuthenticationTokenException" },
  REQUEST_TOO_LARGE: { status: 413, errorType: "RequestTooLargeException" },
  UNAUTHORIZED: { status: 401, errorType: "UnauthorizedException" },
  BAD_GATEWAY: { status: 502, errorType: "InternalServerErrorException" },
  HEADERS_TOO_LARGE: { status: 431, errorType: "BadRequestException" },
  URI_TOO_LONG: { status: 414, errorType: "BadRequestException" },
} as const;

/** A cause of a response that API Gateway makes itself. */
export type GatewayErrorType = keyof typeof TYPES;

/** An error for which the gateway makes the response itself. */
export class GatewayError extends Error {
  override readonly name = "GatewayError";
  readonly type: GatewayErrorType;
  /** `$context.error.message`. Null if API Gateway has no message. */
  readonly text: string | null;
  /** `$context.authorizer`, if the policy of the authorizer denied the request. */
  readonly authorizer: AuthorizerContext | undefined;

  constructor(type: GatewayErrorType, text: string | null, authorizer?: AuthorizerContext) {
    super(text ?? type);
    this.type = type;
    this.text = text;
    this.authorizer = authorizer;
  }
}

const DEFAULT_TEMPLATES: Readonly<Record<string, string>> = {
  "application/json": '{"message":$context.error.messageString}',
};

/**
 * Renders the response to an error. Uses the gateway response of this type. If the API defines none, uses DEFAULT_4XX or
 * DEFAULT_5XX. If the API does not define that one either, uses the default of AWS.
 */
export const renderGatewayResponse = (
  error: GatewayError,
  responses: ReadonlyMap<string, GatewayResponseDefinition>,
  request: GatewayRequest,
  context: RequestContext,
): HttpResponse => {
  const { status, errorType } = TYPES[error.type];
  const definition = responses.get(error.type) ?? responses.get(status >= 500 ? "DEFAULT_5XX" : "DEFAULT_4XX");
  const variable = (path: string) => resolveVariable(path, error, context);
  const defined = definition?.templates ?? {};
  const templates = Object.keys(defined).length > 0 ? defined : DEFAULT_TEMPLATES;
  const contentType = choosePreferredType(Object.keys(templates), headerValues(request, "accept").join(","));
  const template = templates[contentType] ?? "";
  const headers = Object.entries(definition?.parameters ?? {}).flatMap(([target, source]): [string, string][] => {
    const value = resolveMapping(source, request, variable);
    // A value that the authorizer did not give makes no header.
    if (value === "" && source.startsWith("context.authorizer.")) return [];
    return [[target.replace("gatewayresponse.header.", ""), value]];
  });
  return {
    statusCode: definition?.statusCode ?? status,
    headers: [["Content-Type", contentType], ["x-amzn-ErrorType", errorType], ...headers],
    body: Buffer.from(
      template.replaceAll(/\$context\.([A-Za-z0-9_.]*[A-Za-z0-9_])/g, (_, path: string) => variable(path)),
    ),
  };
};

/** A template can only substitute variables. An unknown variable becomes an empty text. */
const resolveVariable = (path: string, error: GatewayError, context: RequestContext): string => {
  switch (path) {
    case "error.message":
      return error.text ?? "";
    case "error.messageString":
      return JSON.stringify(error.text);
    case "error.responseType":
      return error.type;
    default: {
      const value = path.split(".").reduce<unknown>(member, {
        ...context,
        authorizer: error.authorizer ?? context.authorizer,
      });
      return typeof value === "string" || typeof value === "number" ? String(value) : "";
    }
  }
};

const resolveMapping = (source: string, request: GatewayRequest, variable: (path: string) => string): string => {
  const fixed = /^'(.*)'$/s.exec(source)?.[1];
  if (fixed !== undefined) return fixed;
  if (source.startsWith("context.")) return variable(source.slice("context.".length));
  const header = /^method\.request\.header\.(.+)$/.exec(source)?.[1];
  return header === undefined ? "" : (headerValues(request, header).at(-1) ?? "");
};

const choosePreferredType = (offered: readonly string[], accept: string): string => {
  const wanted = accept.split(",").map((type) => trimSpaceAndTab(type.split(";")[0] ?? ""));
  const fallback = offered.includes("application/json") ? "application/json" : (offered[0] ?? "application/json");
  return wanted.find((type) => offered.includes(type)) ?? fallback;
};

const member = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null ? Object.entries(value).find(([key]) => key === name)?.[1] : undefined;
