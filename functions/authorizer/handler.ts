import { withinInvocation } from "../../shared/deadline.ts";
import type { ErrorCode } from "../../shared/errors.ts";
import type { TrustedOrigins } from "../../shared/http/trusted-origins.ts";
import { type AuthorizeDependencies, authorize } from "../../shared/sessions/authorize.ts";
import type { AccessTokenClaims } from "../../shared/tokens/access-token.ts";
import { readCredential } from "./credential.ts";
import { type AuthorizerRequest, parseAuthorizerEvent } from "./event.ts";
import { type PolicyResponse, policyResponse, type SimpleResponse, toContext, toDenialContext } from "./response.ts";

export type AuthorizerDependencies = AuthorizeDependencies & { readonly trustedOrigins: TrustedOrigins };

/**
 * An API Gateway Lambda authorizer for REST (`TOKEN`, `REQUEST`), HTTP (payload 1.0 and 2.0) and WebSocket APIs. No, a bad or
 * an expired credential is 401 where the kind of API knows how to say it; too little scope, and a session in cookies that
 * another site may be using, are 403; and a fault of ours is neither: it throws, and API Gateway answers 500 without
 * calling the API (A1, A6).
 *
 * Routine refusals are thrown too, so the function's `Errors` metric counts expired tokens and tells nothing of its health.
 */
export const createAuthorizer =
  (dependencies: AuthorizerDependencies) =>
  async (event: unknown, context: object = {}): Promise<PolicyResponse | SimpleResponse> => {
    const request = parseAuthorizerEvent(event);
    const credential = readCredential(request, dependencies.trustedOrigins);
    const authorizing = withinInvocation(context, () => authorize(dependencies, credential));
    const authorization = await authorizing.catch((cause: unknown) => {
      // A fault may say `Unauthorized` by itself, as a proxy before DynamoDB does: it must not sign the client out.
      throw new Error("The request could not be judged", { cause });
    });
    switch (authorization.outcome) {
      case "allowed": {
        const context = toContext(authorization.claims);
        if (request.responseFormat === "simple") return { isAuthorized: true, context };
        return policyResponse("Allow", request.routeArn, context.sub, context);
      }
      case "insufficient_scope":
      case "csrf_failed":
        return deny(request, authorization.outcome, authorization.claims);
      case "rejected":
        // API Gateway looks for exactly this message.
        if (request.rejectBy === "throwing") throw new Error("Unauthorized");
        return deny(request, "invalid_token");
    }
  };

const deny = (
  request: AuthorizerRequest,
  error: ErrorCode,
  claims?: AccessTokenClaims,
): PolicyResponse | SimpleResponse =>
  request.responseFormat === "simple"
    ? { isAuthorized: false }
    : policyResponse("Deny", request.routeArn, "anonymous", toDenialContext(error, claims));
