import type { Audit, Caller } from "../audit/audit.ts";
import { type PresentedTokens, sessionsOfTokens, type TokenRecognition } from "./identify-session.ts";
import type { Transport } from "./session.ts";
import type { SessionRef, SessionStore } from "./session-store.ts";

export type LogoutDependencies = TokenRecognition & {
  readonly sessions: Pick<SessionStore, "revoke" | "find">;
  readonly audit: Audit;
};

/**
 * Ends the session of a genuine refresh token, whatever its generation or age, or of a valid access token: one write, and a
 * read where the write changed nothing. A token of the other transport counts as none (C7). Any token that names no session
 * changes nothing, and the caller is not told which it was (RFC 7009 2.2, O1).
 *
 * @returns whether the tokens named a session
 * @throws the SDK's error if a call failed: then the session may be alive and the client must ask again
 */
export const logOut = async (
  dependencies: LogoutDependencies,
  tokens: PresentedTokens & { readonly transport: Transport },
  caller: Caller,
): Promise<boolean> => {
  for await (const key of sessionsOfTokens(dependencies, tokens)) {
    if (await logOutSession(dependencies, { ...key, transport: tokens.transport }, caller)) return true;
    const session = await dependencies.sessions.find(key);
    if (session === undefined || session.transport === tokens.transport) return true;
  }
  return false;
};

/**
 * Ends one session at the wish of its user: one write.
 * @returns whether this call ended the session; false if the session was over already, or has another transport than asked for
 */
export const logOutSession = async (
  { sessions, clock, audit }: Pick<LogoutDependencies, "sessions" | "clock" | "audit">,
  { userId, sessionId, transport }: SessionRef & { readonly transport?: Transport },
  caller: Caller,
): Promise<boolean> => {
  const ended = await sessions.revoke({ userId, sessionId }, "logout", clock(), transport);
  if (ended) audit({ event: "session_revoked", userId, sessionId, reason: "logout" }, caller);
  return ended;
};
