import type { Audit, Caller } from "../audit/audit.ts";
import type { KeyRing } from "../keys/key-ring.ts";
import type { Clock } from "../time.ts";
import { verifyRefreshToken } from "../tokens/refresh-token.ts";
import type { SessionKey, SessionStore } from "./session-store.ts";

export type LogoutDependencies = {
  readonly sessions: Pick<SessionStore, "revoke">;
  readonly keyRing: () => Promise<KeyRing>;
  readonly clock: Clock;
  readonly audit: Audit;
};

/**
 * Ends the session of a genuine refresh token, whatever its generation or age: one write. Any other token changes nothing,
 * and the caller is not told which it was (RFC 7009 2.2, O1).
 *
 * @throws the SDK's error if the write failed: then the session may be alive and the client must ask again
 */
export const logOut = async (
  { sessions, keyRing, clock, audit }: LogoutDependencies,
  refreshToken: unknown,
  caller: Caller,
): Promise<void> => {
  const claims = await verifyRefreshToken(refreshToken, await keyRing());
  if (claims === undefined) return;
  await endSession({ sessions, clock, audit }, { userId: claims.sub, sessionId: claims.sid }, caller);
};

/** Ends the caller's own session. */
export const endSession = async (
  { sessions, clock, audit }: Omit<LogoutDependencies, "keyRing">,
  key: SessionKey,
  caller: Caller,
): Promise<void> => {
  const ended = await sessions.revoke(key, "logout", clock());
  if (ended) audit({ event: "session_revoked", ...key, reason: "logout" }, caller);
};
