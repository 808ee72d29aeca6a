import type { Clock } from "../time.ts";
import type { AccessTokenClaims } from "../tokens/access-token.ts";
import type { AccessTokenVerifier } from "../tokens/cached-verifier.ts";
import type { AccessTokenRejection } from "../tokens/verify-access-token.ts";
import { isAlive, type Session, type SessionRef } from "./session.ts";
import type { SessionStore } from "./session-store.ts";

/** The session that an access token names, and the version of the credentials under which the token was issued. */
export type TokenGrant = SessionRef & Pick<Session, "credentialVersion">;

/**
 * Returns whether a valid access token was revoked after it was issued: with its session, or by a password change of that
 * session. If the check throws, the request is neither allowed nor rejected: API Gateway responds with a 500 (A6).
 */
export type RevocationCheck = (grant: TokenGrant) => Promise<boolean>;

/** The check of `stateless` mode: a token is accepted until it expires. No read. */
export const stateless: RevocationCheck = async () => false;

/**
 * The check of `lookup` mode: a revoked token is rejected at once. One strongly consistent read for each request.
 *
 * @throws (the check) the SDK's error of the read
 */
export const lookup =
  (sessions: Pick<SessionStore, "find">, clock: Clock): RevocationCheck =>
  async (grant) => {
    const session = await sessions.find(grant);
    return session === undefined || !isAlive(session, clock()) || isOutdated(grant, session);
  };

/**
 * Whether a password change of the session came after the access token was issued (O4). Compares versions, not times, because
 * a token can be issued in the same second as the change.
 */
export const isOutdated = (
  grant: Pick<Session, "credentialVersion">,
  session: Pick<Session, "credentialVersion">,
): boolean => grant.credentialVersion < session.credentialVersion;

/** Returns the session and the credentials that a verified access token names. */
export const toTokenGrant = ({ sub, sid, cv }: AccessTokenClaims): TokenGrant => ({
  userId: sub,
  sessionId: sid,
  credentialVersion: cv,
});

/** The decision on a request. `reason` is for the log of this service: the client only learns `invalid_token`. */
export type Authorization =
  | { readonly outcome: "allowed" | "insufficient_scope" | "csrf_failed"; readonly claims: AccessTokenClaims }
  | {
      readonly outcome: "rejected";
      readonly reason: AccessTokenRejection | "no_token" | "wrong_transport" | "revoked";
    };

/**
 * The access token of a request, if the request has an access token, and its transport. A browser adds cookies also to the
 * requests that a page of another site makes. So a token from a cookie comes with the CSRF check of the request, and no caller
 * can leave out the check (C3).
 */
export type Credential =
  | { readonly transport: "bearer"; readonly token: string | undefined }
  | {
      readonly transport: "cookie";
      readonly token: string | undefined;
      /** Whether the request passes the CSRF check of the session with this `csrf` claim. */
      readonly passesCsrfCheck: (csrfHash: string) => boolean;
    };

/** The verifier and the rules of one authorizer. */
export type AuthorizeDependencies = {
  readonly verify: AccessTokenVerifier;
  readonly isRevoked: RevocationCheck;
  /** Scopes that must all be in the token's `scope`. */
  readonly requiredScopes: readonly string[];
};

/**
 * Decides on one request by its access token (RFC 6750 3). The decision does not depend on the path or the method, so that
 * API Gateway may cache it for the whole API (A2). Only the CSRF check of a cookie's token depends on the request.
 *
 * The token of a cookie session is accepted only in the cookie, and the token of a bearer session only in `Authorization`. So no
 * client escapes the rules of a transport by sending the token in the other way.
 *
 * @throws the errors of reading keys or sessions: the request is then neither allowed nor rejected (A6)
 * @example
 * const { outcome } = await authorize(
 *   { verify, isRevoked: stateless, requiredScopes: [] },
 *   { transport: "bearer", token: readBearerToken(request) },
 * );
 */
export const authorize = async (
  { verify, isRevoked, requiredScopes }: AuthorizeDependencies,
  credential: Credential,
): Promise<Authorization> => {
  const { transport, token } = credential;
  if (token === undefined) return { outcome: "rejected", reason: "no_token" };
  const verdict = await verify(token);
  if (!verdict.valid) return { outcome: "rejected", reason: verdict.reason };
  const { claims } = verdict;
  if (transport !== (claims.csrf === undefined ? "bearer" : "cookie")) {
    return { outcome: "rejected", reason: "wrong_transport" };
  }
  if (await isRevoked(toTokenGrant(claims))) return { outcome: "rejected", reason: "revoked" };
  const scopes = claims.scope.split(" ");
  if (!requiredScopes.every((scope) => scopes.includes(scope))) return { outcome: "insufficient_scope", claims };
  const passes = credential.transport === "bearer" || credential.passesCsrfCheck(claims.csrf ?? "");
  return { outcome: passes ? "allowed" : "csrf_failed", claims };
};
