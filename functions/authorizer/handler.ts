import { withinInvocation } from "../../shared/deadline.ts";
import { toCorsHeaders } from "../../shared/http/cors.ts";
import type { TrustedOrigins } from "../../shared/http/trusted-origins.ts";
import { type AuthorizeDependencies, authorize } from "../../shared/sessions/authorize.ts";
import { isCredentialSent, readCredential } from "./credential.ts";
import { type AuthorizerRequest, parseAuthorizerEvent } from "./event.ts";
import {
  type DenialContext,
  type PolicyResponse,
  policyResponse,
  type SimpleResponse,
  toContext,
  toDenialContext,
} from "./response.ts";

/** What the authorizer needs. */
export type AuthorizerDependencies = AuthorizeDependencies & {
  readonly trustedOrigins: TrustedOrigins;
  /** The id of the REST API that serves Latchkey's own routes. @default no API counts as Latchkey's own */
  readonly ownApiId?: string | undefined;
};

/**
 * Makes the handler of an API Gateway Lambda authorizer for REST APIs (`TOKEN` and `REQUEST`), HTTP APIs (payload 1.0 and
 * 2.0) and WebSocket APIs (A1, A6).
 *
 * | outcome | REST or WebSocket API of an owner | HTTP API | Latchkey's own API |
 * |---|---|---|---|
 * | the credential is valid | Allow | Allow | Allow |
 * | no credential, or an invalid, expired or revoked one | throws `Unauthorized`: 401 | Deny: 403 | Deny with a context: 401 |
 * | the scope is missing, or the CSRF check failed | Deny: 403 | Deny: 403 | Allow with the denial in the context: 403 |
 * | a fault | throws another error: 500 | throws: 500 | throws: 500 |
 *
 * A thrown `Unauthorized` is the only response that API Gateway turns into a 401 with its default gateway responses. API
 * Gateway drops the context of a throw. Latchkey's own 401 needs the context, for the challenge and for CORS with several
 * origins, so there a Deny takes the place of the throw (docs/decisions/0024). Behind Latchkey's own API every function
 * rejects a request whose context has a denial, before the function does anything else (`shared/http/handler.ts`).
 *
 * Lambda counts every throw as an error. So the metric `Errors` of this function counts expired tokens too and does not show
 * the health of the function; the metrics of `metered` do.
 *
 * @throws Error `Unauthorized` if the credential is rejected and the kind of API turns this throw into a 401
 * @throws Error with another message on a fault: the event is not from an authorizer, or a key or a row cannot be read. API
 * Gateway responds with 500 and does not call the API behind it.
 */
export const createAuthorizer =
  (dependencies: AuthorizerDependencies) =>
  async (event: unknown, context: object = {}): Promise<PolicyResponse | SimpleResponse> => {
    const request = parseAuthorizerEvent(event);
    const isOwnApi = dependencies.ownApiId !== undefined && toApiId(request.routeArn) === dependencies.ownApiId;
    const cors = toCorsHeaders(request.headers, dependencies.trustedOrigins.allowedOrigins);
    const credential = readCredential(request, dependencies.trustedOrigins);
    const authorizing = withinInvocation(context, () => authorize(dependencies, credential));
    const authorization = await authorizing.catch((cause: unknown) => {
      // The message of a fault may be `Unauthorized`, as that of a proxy before DynamoDB. The client must not see a 401 then.
      throw new Error("The request could not be authorized", { cause });
    });
    switch (authorization.outcome) {
      case "allowed": {
        const context = toContext(authorization.claims);
        if (request.responseFormat === "simple") return { isAuthorized: true, context };
        return policyResponse("Allow", request.routeArn, context.sub, context);
      }
      case "insufficient_scope":
      case "csrf_failed": {
        const denial = toDenialContext(authorization.outcome, { claims: authorization.claims, cors });
        return deny(isOwnApi ? "Allow" : "Deny", request, denial);
      }
      case "rejected": {
        // API Gateway compares the message with exactly this text.
        if (request.rejectBy === "throwing" && !isOwnApi) throw new Error("Unauthorized");
        const credentialSent = isCredentialSent(credential);
        return deny("Deny", request, toDenialContext("invalid_token", { credentialSent, cors }));
      }
    }
  };

/** @param effect `Allow` only for Latchkey's own API: the function behind the route rejects the request by this context */
const deny = (
  effect: "Allow" | "Deny",
  request: AuthorizerRequest,
  context: DenialContext,
): PolicyResponse | SimpleResponse =>
  request.responseFormat === "simple"
    ? { isAuthorized: false }
    : policyResponse(effect, request.routeArn, "anonymous", context);

/** The id of the API in `arn:aws:execute-api:region:account:api/stage/METHOD/path`. */
const toApiId = (routeArn: string): string | undefined => routeArn.split(":")[5]?.split("/")[0];
