import type { Audit, Caller } from "../audit/audit.ts";
import { LatchkeyError } from "../errors.ts";
import type { IdSource, SessionId, UserId } from "../ids.ts";
import type { KeyRing } from "../keys/key-ring.ts";
import { hashPassword, type PasswordWork } from "../passwords/hash-password.ts";
import { checkNewPassword, type PasswordPolicy } from "../passwords/password-policy.ts";
import { verifyPassword } from "../passwords/verify-password.ts";
import { type IssuedTokens, issueTokens, requireFittingToken } from "../sessions/issue-tokens.ts";
import { revokeSessions } from "../sessions/revoke-sessions.ts";
import { hashIdempotencyKey, tokensOvertakenAt } from "../sessions/rotation.ts";
import { idleSeconds, isAlive, isCredentialCurrent, type Session, type SessionSettings } from "../sessions/session.ts";
import type { SessionStore, Successor } from "../sessions/session-store.ts";
import { addSeconds, type Clock } from "../time.ts";
import type { AccessTokenSettings } from "../tokens/access-token.ts";
import type { User } from "../users/user.ts";
import type { UserStore } from "../users/user-store.ts";

export type ChangePasswordDependencies = {
  readonly sessions: SessionStore;
  readonly users: Pick<UserStore, "findById" | "changePassword">;
  readonly keyRing: () => Promise<KeyRing>;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly audit: Audit;
  readonly tokens: AccessTokenSettings;
  readonly settings: SessionSettings;
  readonly policy: PasswordPolicy;
  readonly passwordWork?: PasswordWork;
};

export type ChangePasswordRequest = {
  /** The session that asks, by the authorizer's word. */
  readonly userId: UserId;
  readonly sessionId: SessionId;
  readonly currentPassword: string;
  readonly newPassword: string;
  /** Vouches for the token this session held before, as at a refresh; here nothing else does. */
  readonly idempotencyKey?: string | undefined;
};

export type ChangePasswordOutcome =
  | { readonly outcome: "changed"; readonly tokens: IssuedTokens }
  /** The password is changed. The session was revoked meanwhile, or its account disabled, so there are no tokens. */
  | { readonly outcome: "changed_session_over" }
  /** The password is not changed. */
  | { readonly outcome: "wrong_password" | "session_over" }
  | { readonly outcome: "password_rejected"; readonly description: string };

/**
 * Sets another password, ends every other session of the user and rotates the one that asks (P7). The user's row is
 * written first: from that write on no other session can refresh, and no login with the old password can finish.
 *
 * The write that rotates the session rejects the access tokens that the session had before (O4). After the first write no
 * outcome says that the password is unchanged, whatever comes in between.
 *
 * The same request made again after a failure half way finishes what the first one began.
 *
 * @throws the SDK's error if a call failed, and LatchkeyError `temporarily_unavailable` if the request must be repeated with another
 * key (`renew`): the password may be changed in both cases. Before anything is written, the errors of `requireFittingToken`.
 */
export const changePassword = async (
  dependencies: ChangePasswordDependencies,
  request: ChangePasswordRequest,
  caller: Caller,
): Promise<ChangePasswordOutcome> => {
  const { audit, clock, sessions, users } = dependencies;
  const key = { userId: request.userId, sessionId: request.sessionId };
  const ring = await dependencies.keyRing();
  const [user, session] = await Promise.all([users.findById(request.userId), sessions.find(key)]);
  if (user?.status !== "active" || session === undefined) return { outcome: "session_over" };
  if (!isAlive(session, clock()) || !isCredentialCurrent(session, user)) return { outcome: "session_over" };

  requireFittingToken(user, ring, dependencies);
  const verdict = await checkNewPassword(request.newPassword, { ...dependencies.policy, email: user.normalizedEmail });
  if (!verdict.ok) return { outcome: "password_rejected", description: verdict.description };

  const set = await setPassword(dependencies, user, session, request, ring);
  if (set === "wrong_password") audit({ event: "password_change_failed", ...key, reason: set }, caller);
  if (set === "wrong_password" || set === "session_over") return { outcome: set };
  if (set === "set") audit({ event: "password_changed", ...key }, caller);

  const changedUser = await users.findById(user.userId);
  // Whoever signed in with the new password stays, and so does the session of a later change, if one came in between.
  const [openedBefore, except] = [changedUser?.credentialVersion, changedUser?.keptSessionId];
  await revokeSessions(dependencies, user.userId, { reason: "credentials_changed", except, openedBefore }, caller);
  if (changedUser?.status !== "active") return { outcome: "changed_session_over" };

  const current = await renew(dependencies, session, changedUser, request, ring);
  if (current === undefined) return { outcome: "changed_session_over" };
  const tokens = await issueTokens({ session: current, user: changedUser, ring, now: clock() }, dependencies);
  return tokens === undefined ? { outcome: "changed_session_over" } : { outcome: "changed", tokens };
};

/** Sets the new password, once for the same change made again. `set_before`: another call set the password, and recorded that. */
const setPassword = async (
  dependencies: ChangePasswordDependencies,
  user: User,
  session: Session,
  request: ChangePasswordRequest,
  ring: KeyRing,
): Promise<"set" | "set_before" | "wrong_password" | "session_over"> => {
  const { users, sessions, clock, passwordWork } = dependencies;
  const matches = async (password: string, { passwordDigest }: User) =>
    (await verifyPassword(password, passwordDigest, ring, passwordWork)).verified;

  if (!(await matches(request.currentPassword, user))) {
    const isSet = isRepetition(dependencies, user, session, request) && (await matches(request.newPassword, user));
    return isSet ? "set_before" : "wrong_password";
  }
  const digest = await hashPassword(request.newPassword, ring, passwordWork);
  // bcrypt takes a second or two, in which the session may have been ended from another device.
  const sessionNow = await sessions.find(session);
  if (sessionNow === undefined || !isAlive(sessionNow, clock())) return "session_over";
  const change = await users.changePassword(user.userId, digest, user.credentialVersion, session.sessionId);
  if (change.outcome === "changed") return "set";
  // Superseded by itself, where a client sends the change twice at once?
  const userNow = await users.findById(user.userId);
  const isOwn = userNow?.keptSessionId === session.sessionId && (await matches(request.newPassword, userNow));
  return isOwn ? "set_before" : "session_over";
};

/**
 * Whether the session made the last change and may ask for it again, its answer lost: by the key it came with, inside the
 * window, or while it is unfinished. At any other time a second password to compare would be a second guess (B1).
 */
const isRepetition = (
  { clock, settings }: ChangePasswordDependencies,
  user: User,
  session: Session,
  { idempotencyKey }: ChangePasswordRequest,
): boolean => {
  if (user.keptSessionId !== session.sessionId) return false;
  if (session.credentialVersion !== user.credentialVersion) return true;
  if (wasToldToRetry(session) || clock() - session.authenticatedAt <= settings.replayWindowSeconds) return true;
  return idempotencyKey !== undefined && session.idempotencyKeyHash === hashIdempotencyKey(idempotencyKey);
};

/** Whether the rotation that made the present token failed from the client's point of view. */
const wasToldToRetry = ({ previousJti, retryRequestedJti }: Session): boolean =>
  previousJti !== undefined && retryRequestedJti === previousJti;

/**
 * Rotates the session that made the change, once for the change: where an earlier try got that far, its token goes out
 * again. A refresh of the same session may come first any number of times, but not for ever. The key is that of the token
 * which the client held when it asked: it cannot vouch for the one that such a refresh made.
 * @throws LatchkeyError `temporarily_unavailable` where it would have to: asked again, the client sends the new token's key
 */
const renew = async (
  { sessions, ids, clock, settings }: ChangePasswordDependencies,
  before: Session,
  user: User,
  { idempotencyKey }: ChangePasswordRequest,
  ring: KeyRing,
): Promise<Session | undefined> => {
  for (;;) {
    const session = await sessions.find(before);
    const now = clock();
    if (session === undefined || !isAlive(session, now) || !isCredentialCurrent(session, user)) return undefined;
    if (session.credentialVersion === user.credentialVersion) return session;
    if (idempotencyKey !== undefined && session.refreshJti !== before.refreshJti) {
      throw new LatchkeyError("temporarily_unavailable", { retryAfterSeconds: 1 });
    }
    const idempotencyKeyHash = idempotencyKey === undefined ? undefined : hashIdempotencyKey(idempotencyKey);
    const overtaken = tokensOvertakenAt(session, idempotencyKeyHash, now, settings.replayWindowSeconds);
    const successor: Successor = {
      refreshJti: ids.tokenId(),
      refreshKid: ring.refresh.current.kid,
      idleExpiresAt: addSeconds(now, idleSeconds(session.transport, settings)),
      idempotencyKeyHash,
      renewed: { credentialVersion: user.credentialVersion, authenticatedAt: now, overtaken },
    };
    const rotated = await sessions.rotate(session, successor, now).catch(async (error: unknown) => {
      const failed = {
        presentedJti: session.refreshJti,
        successorJti: successor.refreshJti,
        windowStart: addSeconds(now, -settings.replayWindowSeconds),
      };
      await sessions.markResponseUnknown(session, failed).catch(() => undefined);
      throw error;
    });
    if (rotated.outcome === "rotated") return rotated.session;
  }
};
