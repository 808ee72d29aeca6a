import { DENIAL_CONTEXT } from "../../shared/contract/authorizer-context.ts";
import { ERRORS, type ErrorCode } from "../../shared/contract/errors.ts";
import { getChallenge } from "../../shared/http/challenge.ts";
import type { AccessTokenClaims } from "../../shared/tokens/access-token.ts";

/** What an API behind the authorizer may know of the caller. API Gateway passes strings, numbers and booleans only. */
export type AuthorizerContext = {
  readonly sub: string;
  readonly sid: string;
  readonly scope: string;
  /** Separated by spaces. */
  readonly roles: string;
  readonly auth_time: number;
};

export const toContext = ({ sub, sid, scope, roles, auth_time }: AccessTokenClaims): AuthorizerContext => ({
  sub,
  sid,
  scope,
  roles: roles.join(" "),
  auth_time,
});

/**
 * Why a request is denied. The gateway response to ACCESS_DENIED says it to the client: `$context.authorizer.denial` and
 * `$context.authorizer.denial_description`. (`$context.authorizer.error` is API Gateway's own, for logs.) Headers of that
 * response may take their values from here too.
 */
export type DenialContext = {
  readonly denial: ErrorCode;
  readonly denial_description: string;
  /** `WWW-Authenticate` (RFC 6750 3). Not there where another credential would change nothing. */
  readonly challenge?: string;
  /** `Access-Control-Allow-Origin` and `-Credentials`, if the request comes from a page of an allowed origin. */
  readonly allow_origin?: string;
  readonly allow_credentials?: string;
  /** Whose session it was, where the token was good: for the access log (G2). */
  readonly sub?: string;
  readonly sid?: string;
};

export type DenialDetails = {
  /** Whether the request carried an access token at all, be it a bad one. @default true */
  readonly credentialSent?: boolean;
  readonly claims?: AccessTokenClaims;
  /** The CORS headers of a response to this request. @default none */
  readonly cors?: Readonly<Record<string, string>>;
};

export const toDenialContext = (
  denial: ErrorCode,
  { credentialSent = true, claims, cors = {} }: DenialDetails = {},
): DenialContext => {
  const challenge = getChallenge(denial, credentialSent);
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

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html */
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

/** For HTTP APIs with simple responses (payload 2.0). */
export type SimpleResponse = { readonly isAuthorized: boolean; readonly context?: AuthorizerContext };

/**
 * A policy over the whole stage. With one for the route alone, a result that API Gateway caches would refuse the same
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

/** `arn:aws:execute-api:region:account:api/stage/METHOD/path` up to the stage. In a policy `*` also stands for slashes. */
const stageArn = (routeArn: string): string => `${routeArn.split("/", 2).join("/")}/*`;
