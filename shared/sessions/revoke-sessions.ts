import type { Audit, Caller, RevokedReason } from "../audit/audit.ts";
import type { SessionId, UserId } from "../ids.ts";
import type { Clock } from "../time.ts";
import type { Session } from "./session.ts";
import type { SessionStore } from "./session-store.ts";

export type RevokeSessionsDependencies = {
  readonly sessions: Pick<SessionStore, "listLive" | "revoke">;
  readonly clock: Clock;
  readonly audit: Audit;
};

export type SessionsToRevoke = {
  readonly reason: RevokedReason;
  readonly except?: SessionId | undefined;
  /** Only those opened before the user's credentials reached this version. @default all */
  readonly openedBefore?: number | undefined;
};

/**
 * Ends the sessions of a user: one query and one write a session. If a write fails the others are still made,
 * and the same call can be repeated.
 *
 * @throws the SDK's error of a call that failed: then some sessions may be alive
 */
export const revokeSessions = async (
  dependencies: RevokeSessionsDependencies,
  userId: UserId,
  { reason, except, openedBefore = Number.POSITIVE_INFINITY }: SessionsToRevoke,
  caller: Caller,
): Promise<void> => {
  const open = await dependencies.sessions.listLive(userId, dependencies.clock());
  const doomed = open.filter((session) => session.sessionId !== except && session.credentialVersion < openedBefore);
  await revokeEach(dependencies, doomed, reason, caller);
};

/** What one user may have open (S4). */
export const MAX_SESSIONS = 100;

/**
 * Revokes the least recently used sessions of a user who has more than `MAX_SESSIONS`: one query, and one write a session.
 * Never `newest`, which was just opened. Logins at the same time choose the same sessions, so that together they revoke no
 * more than the excess.
 *
 * @throws the SDK's error of a call that failed: then some sessions of the excess may be open
 */
export const enforceSessionLimit = async (
  dependencies: RevokeSessionsDependencies,
  newest: Session,
  caller: Caller,
): Promise<void> => {
  const open = await dependencies.sessions.listLive(newest.userId, dependencies.clock());
  const others = open.filter(({ sessionId }) => sessionId !== newest.sessionId).sort(byLastUse);
  await revokeEach(
    dependencies,
    others.slice(0, Math.max(0, others.length + 1 - MAX_SESSIONS)),
    "session_limit",
    caller,
  );
};

/**
 * The least recently refreshed session first. No two sessions are equal, so every execution environment makes the same choice:
 * of sessions refreshed in one second the older one goes first, then the one with fewer rotations.
 */
const byLastUse = (a: Session, b: Session): number =>
  a.refreshIssuedAt - b.refreshIssuedAt ||
  a.createdAt - b.createdAt ||
  a.generation - b.generation ||
  (a.sessionId < b.sessionId ? -1 : 1);

const revokeEach = async (
  { sessions, clock, audit }: RevokeSessionsDependencies,
  doomed: readonly Session[],
  reason: RevokedReason,
  caller: Caller,
): Promise<void> => {
  const results = await Promise.allSettled(
    doomed.map(async ({ userId, sessionId }) => {
      const ended = await sessions.revoke({ userId, sessionId }, reason, clock());
      if (ended) audit({ event: "session_revoked", userId, sessionId, reason }, caller);
    }),
  );
  for (const result of results) if (result.status === "rejected") throw result.reason;
};
