import type { KeyRing } from "../keys/key-ring.ts";
import { hashPassword, type PasswordWork } from "../passwords/hash-password.ts";
import { verifyPassword } from "../passwords/verify-password.ts";
import type { SessionDependencies } from "../sessions/dependencies.ts";
import { hashIdempotencyKey } from "../sessions/rotation.ts";
import { isAlive, type Session } from "../sessions/session.ts";
import type { User } from "../users/user.ts";
import type { UserStore } from "../users/user-store.ts";

/** The stores and settings that `setPassword` uses. */
export type SetPasswordDependencies = Pick<SessionDependencies, "sessions" | "clock" | "settings"> & {
  readonly users: Pick<UserStore, "findById" | "changePassword">;
  /** For tests, which cannot wait for bcrypt. */
  readonly passwordWork?: PasswordWork;
};

/** The passwords of a request to change the password, and the `Idempotency-Key` of the request. */
export type NewPassword = {
  readonly currentPassword: string;
  readonly newPassword: string;
  readonly idempotencyKey?: string | undefined;
};

/** `set_before`: another call has set the same password for the same session, and that call recorded the change. */
export type SetPasswordOutcome = "set" | "set_before" | "wrong_password" | "session_over";

/**
 * Verifies the current password and stores the new one: two bcrypt computations, one read and one conditional write. A repeat of
 * the same change is recognized, so the password is set once.
 *
 * @throws the SDK's error if a call failed: the password may then be set
 */
export const setPassword = async (
  dependencies: SetPasswordDependencies,
  user: User,
  session: Session,
  request: NewPassword,
  ring: KeyRing,
): Promise<SetPasswordOutcome> => {
  const { users, sessions, clock, passwordWork } = dependencies;
  const matches = async (password: string, { passwordDigest }: User) =>
    (await verifyPassword(password, passwordDigest, ring, passwordWork)).verified;

  if (!(await matches(request.currentPassword, user))) {
    const isSet = isRepetition(dependencies, user, session, request) && (await matches(request.newPassword, user));
    return isSet ? "set_before" : "wrong_password";
  }
  const digest = await hashPassword(request.newPassword, ring, passwordWork);
  // bcrypt takes a second or two. Another device may have revoked the session in that time.
  const sessionNow = await sessions.find(session);
  if (sessionNow === undefined || !isAlive(sessionNow, clock())) return "session_over";
  const change = await users.changePassword(user.userId, digest, user.credentialVersion, session.sessionId);
  if (change.outcome === "changed") return "set";
  // Another change came first. If the client sent this change twice, the other one may be the same change.
  const userNow = await users.findById(user.userId);
  const isOwn = userNow?.keptSessionId === session.sessionId && (await matches(request.newPassword, userNow));
  return isOwn ? "set_before" : "session_over";
};

/**
 * Whether the session made the last change, and may repeat the change because its response was lost. A repeat is permitted while
 * the change is unfinished, within the replay window, after a 503, and with the `Idempotency-Key` of the change. At any other time
 * the comparison with a second password would give an attacker a second guess (B1).
 */
const isRepetition = (
  { clock, settings }: SetPasswordDependencies,
  user: User,
  session: Session,
  { idempotencyKey }: NewPassword,
): boolean => {
  if (user.keptSessionId !== session.sessionId) return false;
  const isUnfinished = session.credentialVersion !== user.credentialVersion;
  if (isUnfinished) return true;
  if (wasToldToRetry(session) || clock() - session.authenticatedAt <= settings.replayWindowSeconds) return true;
  return idempotencyKey !== undefined && session.idempotencyKeyHash === hashIdempotencyKey(idempotencyKey);
};

/** Whether the client that caused the last rotation was told to retry. */
const wasToldToRetry = ({ previousJti, retryRequestedJti }: Session): boolean =>
  previousJti !== undefined && retryRequestedJti === previousJti;
