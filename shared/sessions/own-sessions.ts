import type { Caller } from "../audit/audit.ts";
import type { UserId } from "../ids.ts";
import type { RevokeSessionsDependencies } from "./revoke-sessions.ts";
import type { Session, SessionRef } from "./session.ts";
import type { SessionStore } from "./session-store.ts";

type OwnSessionsDependencies = RevokeSessionsDependencies & { readonly sessions: Pick<SessionStore, "find"> };

/**
 * Lists the open sessions of a user, the most recently used first. One query. Its cost does not grow with the sessions that were
 * revoked or have expired.
 *
 * @throws the SDK's error of the query
 */
export const listSessions = async (
  { sessions, clock }: Pick<RevokeSessionsDependencies, "sessions" | "clock">,
  userId: UserId,
): Promise<readonly Session[]> => {
  const open = await sessions.listLive(userId, clock());
  return [...open].sort((a, b) => b.refreshIssuedAt - a.refreshIssuedAt);
};

/**
 * Revokes one session of a user: one write, and one read if the session was revoked before. A second call is no error, because a
 * client repeats the request if the response was lost.
 *
 * @returns false if the user has no such session
 * @throws the SDK's error of a call that failed: the session may then be alive
 */
export const revokeSession = async (
  { sessions, clock, audit }: OwnSessionsDependencies,
  key: SessionRef,
  caller: Caller,
): Promise<boolean> => {
  if (await sessions.revoke(key, "revoked_by_user", clock())) {
    audit({ event: "session_revoked", ...key, reason: "revoked_by_user" }, caller);
    return true;
  }
  return (await sessions.find(key)) !== undefined;
};
