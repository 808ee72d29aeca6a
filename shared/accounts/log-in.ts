import type { Audit, Caller, LoginFailure } from "../audit/audit.ts";
import type { IdSource, UserId } from "../ids.ts";
import type { KeyRing } from "../keys/key-ring.ts";
import { hashPassword, type PasswordWork } from "../passwords/hash-password.ts";
import { verifyPassword } from "../passwords/verify-password.ts";
import { type IssuedTokens, issueTokens, requireFittingToken } from "../sessions/issue-tokens.ts";
import { enforceSessionLimit } from "../sessions/revoke-sessions.ts";
import { isCredentialCurrent, openSession, type SessionSettings, type Transport } from "../sessions/session.ts";
import type { SessionStore } from "../sessions/session-store.ts";
import type { Clock } from "../time.ts";
import type { AccessTokenSettings } from "../tokens/access-token.ts";
import { auditedEmail } from "../users/audited-email.ts";
import { normalizeEmail } from "../users/email.ts";
import type { User } from "../users/user.ts";
import type { UserStore } from "../users/user-store.ts";

export type LoginDependencies = {
  readonly sessions: SessionStore;
  readonly users: UserStore;
  readonly keyRing: () => Promise<KeyRing>;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly audit: Audit;
  readonly tokens: AccessTokenSettings;
  readonly settings: SessionSettings;
  /** For tests, which cannot wait for bcrypt. */
  readonly passwordWork?: PasswordWork;
};

export type LoginRequest = {
  readonly email: string;
  readonly password: string;
  readonly transport: Transport;
  readonly deviceName?: string | undefined;
};

/**
 * Opens a session for whoever proves the password. Undefined for everyone else, after the same work: an unknown address, a
 * wrong password, a disabled account and a broken digest cannot be told apart (L1, L2). The reason goes to the audit log.
 *
 * @param countLogin called once the password is right, before anything is written
 * @throws the errors of `countLogin` and `requireFittingToken`, before a session is written; the SDK's error if a call failed. A
 * session that was written by then has tokens that nobody holds.
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

  // Only now: whoever changes the password or disables the account first writes the user and then looks for sessions, so
  // one of the two sees the other.
  const [userAfter] = await Promise.all([
    users.findById(user.userId),
    enforceSessionLimit(dependencies, session, caller),
  ]);
  if (userAfter?.status !== "active" || !isCredentialCurrent(session, userAfter)) {
    const { userId, sessionId } = session;
    const reason = "credentials_changed";
    const ended = await sessions.revoke(session, reason, clock());
    if (ended) audit({ event: "session_revoked", userId, sessionId, reason }, caller);
    return fail("changed_meanwhile", user.userId);
  }

  if (verdict.needsRehash) await upgradeDigest(dependencies, user, request.password, ring);
  audit({ event: "login_succeeded", userId: user.userId, sessionId: session.sessionId, ...subject }, caller);
  return issueTokens({ session, user: userAfter, ring, now }, dependencies);
};

/** P6, promise 7: an imported or weaker digest is replaced by today's, unless the password was changed meanwhile. */
const upgradeDigest = async (
  { users, passwordWork }: LoginDependencies,
  user: User,
  password: string,
  ring: KeyRing,
): Promise<void> => {
  await users.updateDigest(user.userId, await hashPassword(password, ring, passwordWork), user.passwordDigest);
};
