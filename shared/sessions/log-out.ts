import type { Caller } from "../audit/audit.ts";
import { isOutdated } from "./authorize.ts";
import type { SessionDependencies } from "./dependencies.ts";
import { findNamedSessions, type PresentedTokens, type TokenRecognition } from "./identify-session.ts";
import type { SessionRef, Transport } from "./session.ts";
import type { SessionStore } from "./session-store.ts";

/** The stores and keys that `logOut` uses. */
export type LogoutDependencies = TokenRecognition &
  Pick<SessionDependencies, "audit"> & { readonly sessions: Pick<SessionStore, "revoke" | "find"> };

/**
 * Revokes the session that a genuine refresh token names, whatever the token's generation or age, or that a valid access token
 * names. A token of the other transport counts as absent (C7), and so does an access token from before a password change (O4). A
 * token that names no session changes nothing. The client does not learn which case applied (RFC 7009 2.2, O1).
 *
 * Cost: one write. One read before the write for an access token, and one read after the write if the write changed nothing.
 *
 * @returns whether the tokens named a session
 * @throws the SDK's error if a call failed: the session may then be alive, and the client must repeat the request
 * @example await logOut(dependencies, { refreshToken, transport: "bearer" }, caller)
 */
export const logOut = async (
  dependencies: LogoutDependencies,
  tokens: PresentedTokens & { readonly transport: Transport },
  caller: Caller,
): Promise<boolean> => {
  for await (const { userId, sessionId, credentialVersion } of findNamedSessions(dependencies, tokens)) {
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
 *
 * @returns whether this call revoked the session; false if the session was revoked before, or has another transport
 * @throws the SDK's error of the write
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
