import type { Caller, RevokedReason } from "../audit/audit.ts";
import type { SessionId, UserId } from "../ids.ts";
import type { SessionDependencies } from "./dependencies.ts";
import type { Session } from "./session.ts";
import type { SessionStore } from "./session-store.ts";

/** The store, the clock and the audit log that the revocations of this file use. */
export type RevokeSessionsDependencies = Pick<SessionDependencies, "clock" | "audit"> & {
  readonly sessions: Pick<SessionStore, "listLive" | "revoke">;
};

/** Which sessions of a user are revoked, and why. */
export type SessionsToRevoke = {
  readonly reason: RevokedReason;
  /** The session that is not revoked. @default none */
  readonly except?: SessionId | undefined;
  /** Revokes only sessions with a lower `credentialVersion` than this. @default all sessions */
  readonly openedBefore?: number | undefined;
};

/**
 * Revokes the sessions of a user: one query, and one write for each session. If a write fails, the other writes are still made.
 * The call can be repeated.
 *
 * @throws the SDK's error of a call that failed: some sessions may then be alive
 * @example await revokeSessions(dependencies, userId, { reason: "logout_all" }, caller)
 */
export const revokeSessions = async (
  dependencies: RevokeSessionsDependencies,
  userId: UserId,
  { reason, except, openedBefore = Number.POSITIVE_INFINITY }: SessionsToRevoke,
  caller: Caller,
): Promise<void> => {
  const open = await dependencies.sessions.listLive(userId, dependencies.clock());
  const chosen = open.filter((session) => session.sessionId !== except && session.credentialVersion < openedBefore);
  await revokeEach(dependencies, chosen, reason, caller);
};

/** How many sessions of one user may be open at the same time (S4). */
export const MAX_SESSIONS = 100;

/**
 * Revokes the least recently used sessions of a user who has more than `MAX_SESSIONS`: one query, and one write for each revoked
 * session. Never revokes `newest`, the session that was just opened. Logins at the same time choose the same sessions, so that
 * together they revoke no more than the excess.
 *
 * @throws the SDK's error of a call that failed: some sessions of the excess may then be open
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
 * The least recently refreshed session first. Of two sessions refreshed in the same second the older session comes first, then the
 * session with fewer rotations. No two sessions are equal, so every execution environment makes the same choice.
 */
const byLastUse = (a: Session, b: Session): number =>
  a.refreshIssuedAt - b.refreshIssuedAt ||
  a.createdAt - b.createdAt ||
  a.generation - b.generation ||
  (a.sessionId < b.sessionId ? -1 : 1);

const revokeEach = async (
  { sessions, clock, audit }: RevokeSessionsDependencies,
  chosen: readonly Session[],
  reason: RevokedReason,
  caller: Caller,
): Promise<void> => {
  const results = await Promise.allSettled(
    chosen.map(async ({ userId, sessionId }) => {
      const isRevoked = await sessions.revoke({ userId, sessionId }, reason, clock());
      if (isRevoked) audit({ event: "session_revoked", userId, sessionId, reason }, caller);
    }),
  );
  for (const result of results) if (result.status === "rejected") throw result.reason;
};
