import type { Audit, Caller, RevokedReason } from "../audit/audit.ts";
import type { SessionId, UserId } from "../ids.ts";
import type { Clock } from "../time.ts";
import { isAlive, type Session } from "./session.ts";
import type { SessionStore } from "./session-store.ts";

export type RevokeSessionsDependencies = {
  readonly sessions: Pick<SessionStore, "list" | "revoke">;
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
  const all = await dependencies.sessions.list(userId);
  const now = dependencies.clock();
  const doomed = all.filter(
    (session) => session.sessionId !== except && session.credentialVersion < openedBefore && isAlive(session, now),
  );
  await revokeEach(dependencies, doomed, reason, caller);
};

/** What one user may have open (S4). */
export const MAX_SESSIONS = 100;

/** Ends the oldest sessions of a user who has more than `MAX_SESSIONS`; never `newest`, which was just opened. */
export const enforceSessionLimit = async (
  dependencies: RevokeSessionsDependencies,
  newest: Session,
  caller: Caller,
): Promise<void> => {
  const all = await dependencies.sessions.list(newest.userId);
  const now = dependencies.clock();
  const others = all
    .filter((session) => session.sessionId !== newest.sessionId && isAlive(session, now))
    .sort((a, b) => a.createdAt - b.createdAt);
  await revokeEach(
    dependencies,
    others.slice(0, Math.max(0, others.length + 1 - MAX_SESSIONS)),
    "session_limit",
    caller,
  );
};

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
