import type { Audit, Caller } from "../audit/audit.ts";
import { isOutdated } from "./authorize.ts";
import { type PresentedTokens, sessionsOfTokens, type TokenRecognition } from "./identify-session.ts";
import type { Transport } from "./session.ts";
import type { SessionRef, SessionStore } from "./session-store.ts";

export type LogoutDependencies = TokenRecognition & {
  readonly sessions: Pick<SessionStore, "revoke" | "find">;
  readonly audit: Audit;
};

/**
 * Revokes the session of a genuine refresh token, whatever its generation or age, or of a valid access token: one write, one read
 * before it for an access token, which a password change may have rejected, and one read after it if the write changed nothing. A
 * token of the other transport counts as absent (C7). A token that names no session changes nothing, and the caller does not
 * learn which case it was (RFC 7009 2.2, O1).
 *
 * @returns whether the tokens named a session
 * @throws the SDK's error if a call failed: then the session may be alive and the client must ask again
 */
export const logOut = async (
  dependencies: LogoutDependencies,
  tokens: PresentedTokens & { readonly transport: Transport },
  caller: Caller,
): Promise<boolean> => {
  for await (const { userId, sessionId, credentialVersion } of sessionsOfTokens(dependencies, tokens)) {
    const key = { userId, sessionId };
    if (credentialVersion !== undefined) {
      const session = await dependencies.sessions.find(key);
      if (session === undefined || isOutdated({ credentialVersion }, session)) continue;
    }
    if (await logOutSession(dependencies, { ...key, transport: tokens.transport }, caller)) return true;
    const session = await dependencies.sessions.find(key);
    if (session === undefined || session.transport === tokens.transport) return true;
  }
  return false;
};

/**
 * Revokes one session because its user logs out: one write.
 * @returns whether this call revoked the session; false if the session was revoked before, or has another transport
 */
export const logOutSession = async (
  { sessions, clock, audit }: Pick<LogoutDependencies, "sessions" | "clock" | "audit">,
  { userId, sessionId, transport }: SessionRef & { readonly transport?: Transport },
  caller: Caller,
): Promise<boolean> => {
  const revoked = await sessions.revoke({ userId, sessionId }, "logout", clock(), transport);
  if (revoked) audit({ event: "session_revoked", userId, sessionId, reason: "logout" }, caller);
  return revoked;
};
