import { DENIAL_CONTEXT } from "../../shared/contract/authorizer-context.ts";
import { ERRORS, type ErrorCode } from "../../shared/contract/errors.ts";
import { toChallenge } from "../../shared/http/challenge.ts";
import type { AccessTokenClaims } from "../../shared/tokens/access-token.ts";

/** What an API behind the authorizer learns about the caller. API Gateway passes strings, numbers and booleans only. */
export type AuthorizerContext = {
  readonly sub: string;
  readonly sid: string;
  readonly scope: string;
  /** The roles of the user, separated by spaces. */
  readonly roles: string;
  readonly auth_time: number;
};

/** Makes the context of an Allow from the claims of an access token. */
export const toContext = ({ sub, sid, scope, roles, auth_time }: AccessTokenClaims): AuthorizerContext => ({
  sub,
  sid,
  scope,
  roles: roles.join(" "),
  auth_time,
});

/**
 * Why a request is denied. The gateway response to ACCESS_DENIED shows `$context.authorizer.denial` and
 * `$context.authorizer.denial_description` to the client, and may take the values of its headers from this context too.
 * (`$context.authorizer.error` belongs to API Gateway, for logs.)
 */
export type DenialContext = {
  readonly denial: ErrorCode;
  readonly denial_description: string;
  /** The value of `WWW-Authenticate` (RFC 6750 3). Absent if another credential would change nothing. */
  readonly challenge?: string;
  /** The values of `Access-Control-Allow-Origin` and `-Credentials`, if the request comes from a page of an allowed origin. */
  readonly allow_origin?: string;
  readonly allow_credentials?: string;
  /** The user and the session of a valid token, for the access log (G2). */
  readonly sub?: string;
  readonly sid?: string;
};

/** The details of a denial that depend on the request. */
export type DenialDetails = {
  /** Whether the request has an access token, also an invalid one. @default true */
  readonly credentialSent?: boolean;
  readonly claims?: AccessTokenClaims;
  /** The CORS headers of a response to this request. @default no headers */
  readonly cors?: Readonly<Record<string, string>>;
};

/** Makes the context of a denial: the error, its description, its challenge, and the values of the CORS headers. */
export const toDenialContext = (
  denial: ErrorCode,
  { credentialSent = true, claims, cors = {} }: DenialDetails = {},
): DenialContext => {
  const challenge = toChallenge(denial, credentialSent);
  const { "Access-Control-Allow-Origin": origin, "Access-Control-Allow-Credentials": credentials } = cors;
  return {
    [DENIAL_CONTEXT.code]: denial,
    [DENIAL_CONTEXT.description]: ERRORS[denial].description,
    ...(challenge === undefined ? {} : { [DENIAL_CONTEXT.challenge]: challenge }),
    ...(origin === undefined ? {} : { [DENIAL_CONTEXT.allowOrigin]: origin }),
    ...(credentials === undefined ? {} : { [DENIAL_CONTEXT.allowCredentials]: credentials }),
    ...(claims && { sub: claims.sub, sid: claims.sid }),
  };
};

/**
 * The response to REST and WebSocket APIs, and to HTTP APIs with payload 1.0.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html
 */
export type PolicyResponse = {
  readonly principalId: string;
  readonly policyDocument: {
    readonly Version: "2012-10-17";
    readonly Statement: readonly [
      { readonly Action: "execute-api:Invoke"; readonly Effect: "Allow" | "Deny"; readonly Resource: string },
    ];
  };
  readonly context: AuthorizerContext | DenialContext;
};

/** The response to HTTP APIs with simple responses (payload 2.0). */
export type SimpleResponse = { readonly isAuthorized: boolean; readonly context?: AuthorizerContext };

/**
 * Makes a policy for the whole stage. A policy for the route alone would be cached by API Gateway too, and would deny the same
 * token on the next route (A2).
 */
export const policyResponse = (
  effect: "Allow" | "Deny",
  routeArn: string,
  principalId: string,
  context: AuthorizerContext | DenialContext,
): PolicyResponse => ({
  principalId,
  policyDocument: {
    Version: "2012-10-17",
    Statement: [{ Action: "execute-api:Invoke", Effect: effect, Resource: stageArn(routeArn) }],
  },
  context,
});

/** `arn:aws:execute-api:region:account:api/stage/METHOD/path` becomes `…:api/stage/*`. In a policy `*` matches slashes too. */
const stageArn = (routeArn: string): string => `${routeArn.split("/", 2).join("/")}/*`;
