import type { Clock } from "../time.ts";
import type { AccessTokenClaims } from "../tokens/access-token.ts";
import type { AccessTokenVerifier } from "../tokens/cached-verifier.ts";
import type { AccessTokenRejection } from "../tokens/verify-access-token.ts";
import { isAlive, type Session } from "./session.ts";
import type { SessionRef, SessionStore } from "./session-store.ts";

/** What an access token says about its session: which one, and under which credentials the token was issued. */
export type TokenGrant = SessionRef & Pick<Session, "credentialVersion">;

/**
 * Says whether a good access token was revoked after it was issued: with its session, or by a password change of that
 * session. What the check throws rejects the request.
 */
export type RevocationCheck = (grant: TokenGrant) => Promise<boolean>;

/** Believes the token until it ends: no read. */
export const stateless: RevocationCheck = async () => false;

/** Reads the session's row: one strongly consistent read for each request. A revoked token is rejected at once. */
export const lookup =
  (sessions: Pick<SessionStore, "find">, clock: Clock): RevocationCheck =>
  async (grant) => {
    const session = await sessions.find(grant);
    return session === undefined || !isAlive(session, clock()) || isOutdated(grant, session);
  };

/**
 * Whether a password change of the session came after the access token was issued (O4). The versions are compared and not
 * the times: a token can be issued in the same second as the change.
 */
export const isOutdated = (
  grant: Pick<Session, "credentialVersion">,
  session: Pick<Session, "credentialVersion">,
): boolean => grant.credentialVersion < session.credentialVersion;

/** The grant of a verified access token. */
export const getGrant = ({ sub, sid, cv }: AccessTokenClaims): TokenGrant => ({
  userId: sub,
  sessionId: sid,
  credentialVersion: cv,
});

export type Authorization =
  | { readonly outcome: "allowed" | "insufficient_scope" | "csrf_failed"; readonly claims: AccessTokenClaims }
  | {
      readonly outcome: "rejected";
      readonly reason: AccessTokenRejection | "no_token" | "wrong_transport" | "revoked";
    };

/**
 * An access token, if there is one, and its transport. A browser adds cookies by itself, also for a page of another site: a
 * cookie's token comes with the CSRF check of the request, so that no caller can leave the check out (C3).
 */
export type Credential =
  | { readonly transport: "bearer"; readonly token: string | undefined }
  | {
      readonly transport: "cookie";
      readonly token: string | undefined;
      /** Whether the request passes the CSRF check of the session with this `csrf` claim. */
      readonly passesCsrfCheck: (csrfHash: string) => boolean;
    };

export type AuthorizeDependencies = {
  readonly verify: AccessTokenVerifier;
  readonly isRevoked: RevocationCheck;
  /** Every one of them must be in the token's `scope`. */
  readonly requiredScopes: readonly string[];
};

/**
 * Decides on one request by its access token (RFC 6750 3). The path and method take no part in it, so the answer may be
 * kept for the whole API (A2); only the CSRF check of a cookie's token looks at the request. A cookie's token is good in the cookie alone and a bearer's in `Authorization` alone: no
 * token gets around the rules of its transport by changing it.
 *
 * @throws what reading keys or sessions throws: the request is then neither allowed nor refused (A6)
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
  if (await isRevoked(getGrant(claims))) return { outcome: "rejected", reason: "revoked" };
  const scopes = claims.scope.split(" ");
  if (!requiredScopes.every((scope) => scopes.includes(scope))) return { outcome: "insufficient_scope", claims };
  const passes = credential.transport === "bearer" || credential.passesCsrfCheck(claims.csrf ?? "");
  return { outcome: passes ? "allowed" : "csrf_failed", claims };
};
