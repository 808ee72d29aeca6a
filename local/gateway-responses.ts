import { type GatewayRequest, headerValues } from "./gateway-request.ts";
import type { GatewayResponse } from "./proxy-answer.ts";
import type { AuthorizerContext, RequestContext } from "./proxy-event.ts";

/** A gateway response as the template customizes it. */
export type GatewayResponseDefinition = {
  readonly statusCode: number | undefined;
  /** `gatewayresponse.header.X` to `'text'`, `method.request.header.X`, `context.x`. */
  readonly parameters: Readonly<Record<string, string>>;
  /** By content type. */
  readonly templates: Readonly<Record<string, string>>;
};

/**
 * What API Gateway answers itself, by type: the status, and the error's name in `x-amzn-ErrorType`. The last two are no
 * types of their own: the gateway answers them with DEFAULT_5XX and DEFAULT_4XX.
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

export type GatewayErrorType = keyof typeof TYPES;

/** A refusal or failure of the gateway's own. */
export class GatewayError extends Error {
  override readonly name = "GatewayError";
  readonly type: GatewayErrorType;
  /** `$context.error.message`; null where API Gateway gives none. */
  readonly text: string | null;
  /** `$context.authorizer` of a request that the authorizer's policy denies. */
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

/** Renders the answer to an error: the type's own gateway response, else DEFAULT_4XX or DEFAULT_5XX, else AWS's default. */
export const gatewayResponse = (
  error: GatewayError,
  responses: ReadonlyMap<string, GatewayResponseDefinition>,
  request: GatewayRequest,
  context: RequestContext,
): GatewayResponse => {
  const { status, errorType } = TYPES[error.type];
  const response = responses.get(error.type) ?? responses.get(status >= 500 ? "DEFAULT_5XX" : "DEFAULT_4XX");
  const variable = (path: string) => contextVariable(path, error, context);
  const given = response?.templates ?? {};
  const templates = Object.keys(given).length > 0 ? given : DEFAULT_TEMPLATES;
  const contentType = preferredType(Object.keys(templates), headerValues(request, "accept").join(","));
  const template = templates[contentType] ?? "";
  const headers = Object.entries(response?.parameters ?? {}).flatMap(([target, source]): [string, string][] => {
    const value = mappedValue(source, request, variable);
    // What the authorizer did not say makes no header.
    if (value === "" && source.startsWith("context.authorizer.")) return [];
    return [[target.replace("gatewayresponse.header.", ""), value]];
  });
  return {
    statusCode: response?.statusCode ?? status,
    headers: [["Content-Type", contentType], ["x-amzn-ErrorType", errorType], ...headers],
    body: Buffer.from(
      template.replaceAll(/\$context\.([A-Za-z0-9_.]*[A-Za-z0-9_])/g, (_, path: string) => variable(path)),
    ),
  };
};

/** Substitution is all that these templates can do; what is not there becomes nothing. */
const contextVariable = (path: string, error: GatewayError, context: RequestContext): string => {
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

const mappedValue = (source: string, request: GatewayRequest, variable: (path: string) => string): string => {
  const fixed = /^'(.*)'$/s.exec(source)?.[1];
  if (fixed !== undefined) return fixed;
  if (source.startsWith("context.")) return variable(source.slice("context.".length));
  const header = /^method\.request\.header\.(.+)$/.exec(source)?.[1];
  return header === undefined ? "" : (headerValues(request, header).at(-1) ?? "");
};

const preferredType = (offered: readonly string[], accept: string): string => {
  const wanted = accept.split(",").map((type) => type.split(";")[0]?.trim());
  const fallback = offered.includes("application/json") ? "application/json" : (offered[0] ?? "application/json");
  return wanted.find((type): type is string => type !== undefined && offered.includes(type)) ?? fallback;
};

const member = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null ? Object.entries(value).find(([key]) => key === name)?.[1] : undefined;
