import type { Caller, LoginFailure } from "../audit/audit.ts";
import type { UserId } from "../ids.ts";
import type { KeyRing } from "../keys/key-ring.ts";
import { hashPassword, type PasswordWork } from "../passwords/hash-password.ts";
import { verifyPassword } from "../passwords/verify-password.ts";
import type { SessionDependencies } from "../sessions/dependencies.ts";
import { type IssuedTokens, issueTokens, requireFittingToken } from "../sessions/issue-tokens.ts";
import { enforceSessionLimit } from "../sessions/revoke-sessions.ts";
import { isCredentialCurrent, openSession, type Transport } from "../sessions/session.ts";
import { auditedEmail } from "../users/audited-email.ts";
import { normalizeEmail } from "../users/email.ts";
import type { User } from "../users/user.ts";

/** The stores, keys and settings that `logIn` uses. */
export type LoginDependencies = SessionDependencies & {
  /** For tests, which cannot wait for bcrypt. */
  readonly passwordWork?: PasswordWork;
};

/** A login as the client sent it. */
export type LoginRequest = {
  readonly email: string;
  readonly password: string;
  readonly transport: Transport;
  readonly deviceName?: string | undefined;
};

/**
 * Verifies the password and opens a session. For an unknown address, a wrong password, a disabled account and a malformed digest
 * the function does the same work and returns undefined, so that the caller cannot distinguish these cases (L1, L2). The audit log
 * has the reason.
 *
 * Cost: one bcrypt computation, three reads, one query and one write. One more write and one more bcrypt computation if the digest
 * is replaced, and one more write if the user has more than `MAX_SESSIONS`.
 *
 * @param countLogin called after the password was verified and before anything is written
 * @returns undefined if the login is rejected
 * @throws the errors of `countLogin` and `requireFittingToken`, before a session is written; the SDK's error if a call failed. If a
 * session was written before the failure, no client has its tokens.
 * @example const tokens = await logIn(dependencies, { email, password, transport: "bearer" }, caller, countLogin)
 */
export const logIn = async (
  dependencies: LoginDependencies,
  request: LoginRequest,
  caller: Caller,
  countLogin: (userId: UserId) => Promise<void>,
): Promise<IssuedTokens | undefined> => {
  const { audit, clock, ids, sessions, settings, users } = dependencies;
  const ring = await dependencies.keyRing();
  const subject = auditedEmail(request.email, ring);
  const fail = (reason: LoginFailure, userId?: UserId): undefined => {
    audit({ event: "login_failed", reason, ...(userId === undefined ? {} : { userId }), ...subject }, caller);
  };

  const user = await users.findForLogin(normalizeEmail(request.email));
  const verdict = await verifyPassword(request.password, user?.passwordDigest, ring, dependencies.passwordWork);
  if (user === undefined) return fail("unknown_account");
  if (verdict.malformed) return fail("malformed_digest", user.userId);
  if (!verdict.verified) return fail("wrong_password", user.userId);
  if (user.status !== "active") return fail("account_disabled", user.userId);
  requireFittingToken(user, ring, dependencies);
  await countLogin(user.userId);

  const now = clock();
  const session = openSession(
    {
      userId: user.userId,
      sessionId: ids.sessionId(),
      transport: request.transport,
      device: { name: request.deviceName, userAgent: caller.userAgent, ip: caller.ip },
      credentialVersion: user.credentialVersion,
      refreshJti: ids.tokenId(),
      refreshKid: ring.refresh.current.kid,
    },
    now,
    settings,
  );
  await sessions.create(session);

  // Reads the user again after the session was written. A password change or a disablement writes the user and then reads the
  // sessions. So one of the two operations sees the write of the other.
  const [userAfter] = await Promise.all([
    users.findById(user.userId),
    enforceSessionLimit(dependencies, session, caller),
  ]);
  if (userAfter?.status !== "active" || !isCredentialCurrent(session, userAfter)) {
    const { userId, sessionId } = session;
    const reason = "credentials_changed";
    const isRevoked = await sessions.revoke(session, reason, clock());
    if (isRevoked) audit({ event: "session_revoked", userId, sessionId, reason }, caller);
    return fail("changed_meanwhile", user.userId);
  }

  if (verdict.needsRehash) await upgradeDigest(dependencies, user, request.password, ring);
  audit({ event: "login_succeeded", userId: user.userId, sessionId: session.sessionId, ...subject }, caller);
  return issueTokens({ session, user: userAfter, ring, now }, dependencies);
};

/** Replaces an imported or weaker digest, unless the password was changed in between (P6, promise 7). */
const upgradeDigest = async (
  { users, passwordWork }: LoginDependencies,
  user: User,
  password: string,
  ring: KeyRing,
): Promise<void> => {
  await users.updateDigest(user.userId, await hashPassword(password, ring, passwordWork), user.passwordDigest);
};
