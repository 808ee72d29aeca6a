import { withinInvocation } from "../../shared/deadline.ts";
import { corsHeaders } from "../../shared/http/cors.ts";
import type { TrustedOrigins } from "../../shared/http/trusted-origins.ts";
import { type AuthorizeDependencies, authorize } from "../../shared/sessions/authorize.ts";
import { readCredential, wasSent } from "./credential.ts";
import { type AuthorizerRequest, parseAuthorizerEvent } from "./event.ts";
import {
  type DenialContext,
  type PolicyResponse,
  policyResponse,
  type SimpleResponse,
  toContext,
  toDenialContext,
} from "./response.ts";

export type AuthorizerDependencies = AuthorizeDependencies & {
  readonly trustedOrigins: TrustedOrigins;
  /** The id of the REST API that this service itself serves. @default none */
  readonly ownApiId?: string | undefined;
};

/**
 * An API Gateway Lambda authorizer for REST (`TOKEN`, `REQUEST`), HTTP (payload 1.0 and 2.0) and WebSocket APIs. No, a bad or
 * an expired credential is 401 where the kind of API knows how to say it; too little scope, and a session in cookies that
 * another site may be using, are 403; and a fault of ours is neither: it throws, and API Gateway answers 500 without
 * calling the API (A1, A6).
 *
 * Other REST APIs and WebSocket APIs learn of a bad credential by a throw, the one way that gives 401 with the gateway's
 * default responses. So the function's `Errors` metric counts expired tokens and tells nothing of its health.
 *
 * The service's own API is answered in another way, because API Gateway drops the context of a throw, and the 401 needs it:
 * for the challenge, and for CORS with several origins (docs/decisions/0024). There a missing or bad credential is a Deny,
 * which the API's gateway response to ACCESS_DENIED makes a 401. A 403 is an Allow with the denial in its context: every
 * function of ours rejects such a request before it does anything else (`shared/http/handler.ts`).
 */
export const createAuthorizer =
  (dependencies: AuthorizerDependencies) =>
  async (event: unknown, context: object = {}): Promise<PolicyResponse | SimpleResponse> => {
    const request = parseAuthorizerEvent(event);
    const isOwnApi = dependencies.ownApiId !== undefined && getApiId(request.routeArn) === dependencies.ownApiId;
    const cors = getCors(request, dependencies.trustedOrigins);
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
        return deny(
          isOwnApi ? "Allow" : "Deny",
          request,
          toDenialContext(authorization.outcome, { claims: authorization.claims, cors }),
        );
      case "rejected": {
        // API Gateway looks for exactly this message.
        if (request.rejectBy === "throwing" && !isOwnApi) throw new Error("Unauthorized");
        const credentialSent = wasSent(credential);
        return deny("Deny", request, toDenialContext("invalid_token", { credentialSent, cors }));
      }
    }
  };

/** @param effect Allow where the function behind the route rejects the request by this context */
const deny = (
  effect: "Allow" | "Deny",
  request: AuthorizerRequest,
  context: DenialContext,
): PolicyResponse | SimpleResponse =>
  request.responseFormat === "simple"
    ? { isAuthorized: false }
    : policyResponse(effect, request.routeArn, "anonymous", context);

/** The CORS headers of a denial. A request with several `Origin` headers gets none that names an origin. */
const getCors = (
  { headers }: AuthorizerRequest,
  { allowedOrigins }: TrustedOrigins,
): Readonly<Record<string, string>> =>
  corsHeaders(headers.isRepeated("origin") ? undefined : headers.single("origin"), allowedOrigins);

/** `arn:aws:execute-api:region:account:api/stage/METHOD/path` */
const getApiId = (routeArn: string): string | undefined => routeArn.split(":")[5]?.split("/")[0];
