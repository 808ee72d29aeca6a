import type { Caller } from "../audit/audit.ts";
import type { UserId } from "../ids.ts";
import type { RevokeSessionsDependencies } from "./revoke-sessions.ts";
import type { Session } from "./session.ts";
import type { SessionRef, SessionStore } from "./session-store.ts";

type OwnSessionsDependencies = RevokeSessionsDependencies & { readonly sessions: Pick<SessionStore, "find"> };

/** The sessions that a user has open, the latest used first: one query, whose cost does not grow with ended sessions. */
export const listSessions = async (
  { sessions, clock }: Pick<RevokeSessionsDependencies, "sessions" | "clock">,
  userId: UserId,
): Promise<readonly Session[]> => {
  const open = await sessions.listLive(userId, clock());
  return [...open].sort((a, b) => b.refreshIssuedAt - a.refreshIssuedAt);
};

/**
 * Ends one session of a user: one write. Ending it again is no error: a client whose answer was lost asks twice.
 * @returns false if the user has no such session
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
