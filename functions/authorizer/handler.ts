import { bearerToken } from "../../shared/http/bearer-token.ts";
import { type AuthorizeDependencies, authorize } from "../../shared/sessions/authorize.ts";
import { type PolicyAnswer, policyAnswer, type SimpleAnswer, toContext } from "./answer.ts";
import { type AuthorizerRequest, parseAuthorizerEvent } from "./event.ts";

/**
 * An API Gateway Lambda authorizer for REST (`TOKEN`, `REQUEST`), HTTP (payload 1.0 and 2.0) and WebSocket APIs. No, a bad or
 * an expired credential is 401 where the kind of API knows how to say it, too little scope is 403, and a fault of ours is
 * neither: it throws, and API Gateway answers 500 without calling the API (A1, A6).
 *
 * Routine refusals are thrown too, so the function's `Errors` metric counts expired tokens and tells nothing of its health.
 */
export const createAuthorizer =
  (dependencies: AuthorizeDependencies) =>
  async (event: unknown): Promise<PolicyAnswer | SimpleAnswer> => {
    const request = parseAuthorizerEvent(event);
    const authorization = await authorize(dependencies, bearerToken(request.authorization));
    switch (authorization.outcome) {
      case "allowed": {
        const context = toContext(authorization.claims);
        if (request.answerAs === "simple") return { isAuthorized: true, context };
        return policyAnswer("Allow", request.routeArn, context.sub, context);
      }
      case "insufficient_scope":
        return deny(request);
      case "refused":
        // API Gateway looks for exactly this message.
        if (request.refuseBy === "throwing") throw new Error("Unauthorized");
        return deny(request);
    }
  };

const deny = (request: AuthorizerRequest): PolicyAnswer | SimpleAnswer =>
  request.answerAs === "simple" ? { isAuthorized: false } : policyAnswer("Deny", request.routeArn, "anonymous");
