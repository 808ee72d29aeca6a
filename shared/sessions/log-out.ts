import type { Audit, Caller } from "../audit/audit.ts";
import { isOutdated } from "./authorize.ts";
import { identifySession, type PresentedTokens, type TokenRecognition } from "./identify-session.ts";
import type { SessionStore } from "./session-store.ts";

export type LogoutDependencies = TokenRecognition & {
  readonly sessions: Pick<SessionStore, "find" | "revoke">;
  readonly audit: Audit;
};

/**
 * Ends the session of a genuine refresh token, whatever its generation or age, or of a valid access token: one write, and one
 * read before it for an access token, which a password change may have rejected. Any other token changes nothing, and the
 * caller is not told which it was (RFC 7009 2.2, O1).
 *
 * @returns whether the tokens named a session
 * @throws the SDK's error if the write failed: then the session may be alive and the client must ask again
 */
export const logOut = async (
  dependencies: LogoutDependencies,
  tokens: PresentedTokens,
  caller: Caller,
): Promise<boolean> => {
  const { sessions, clock, audit } = dependencies;
  const named = await identifySession(dependencies, tokens);
  if (named === undefined) return false;
  const { userId, sessionId, credentialVersion } = named;
  const key = { userId, sessionId };
  if (credentialVersion !== undefined) {
    const session = await sessions.find(key);
    if (session === undefined || isOutdated({ credentialVersion }, session)) return false;
  }
  const ended = await sessions.revoke(key, "logout", clock());
  if (ended) audit({ event: "session_revoked", ...key, reason: "logout" }, caller);
  return true;
};
