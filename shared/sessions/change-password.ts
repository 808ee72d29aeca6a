import type { Audit, Caller } from "../audit/audit.ts";
import type { IdSource, SessionId, UserId } from "../ids.ts";
import type { KeyRing } from "../keys/key-ring.ts";
import { hashPassword, type PasswordWork } from "../passwords/hash-password.ts";
import { checkNewPassword, type PasswordPolicy } from "../passwords/password-policy.ts";
import { verifyPassword } from "../passwords/verify-password.ts";
import { addSeconds, type Clock } from "../time.ts";
import type { AccessTokenSettings } from "../tokens/access-token.ts";
import type { User } from "../users/user.ts";
import type { UserStore } from "../users/user-store.ts";
import { endSessions } from "./end-sessions.ts";
import { type IssuedTokens, issueTokens } from "./issue-tokens.ts";
import { hashIdempotencyKey } from "./rotation.ts";
import { idleSeconds, isAlive, isCredentialCurrent, type Session, type SessionSettings } from "./session.ts";
import type { SessionKey, SessionStore } from "./session-store.ts";

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
  | { readonly outcome: "wrong_password" | "session_over" }
  | { readonly outcome: "password_refused"; readonly description: string };

/**
 * Sets another password, ends every other session of the user and rotates the one that asks (P7). The user's row is
 * written first: from that write on no other session can refresh, and no login with the old password can finish.
 *
 * The same request made again after a failure half way finishes what the first one began.
 *
 * @throws the SDK's error if a call failed
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

  const verdict = await checkNewPassword(request.newPassword, { ...dependencies.policy, email: user.normalizedEmail });
  if (!verdict.ok) return { outcome: "password_refused", description: verdict.description };

  const proof = await prove(dependencies, user, request, ring);
  if (proof === "wrong") {
    audit({ event: "password_change_failed", ...key, reason: "wrong_password" }, caller);
    return { outcome: "wrong_password" };
  }
  if (proof === "current") {
    const digest = await hashPassword(request.newPassword, ring, dependencies.passwordWork);
    const change = await users.changePassword(user.userId, digest, user.credentialVersion, session.sessionId);
    if (change.outcome === "superseded") return { outcome: "session_over" };
    audit({ event: "password_changed", ...key }, caller);
  }
  const [changedUser] = await Promise.all([
    users.findById(user.userId),
    endSessions(dependencies, user.userId, { reason: "credentials_changed", except: session.sessionId }, caller),
  ]);
  if (changedUser?.status !== "active") return { outcome: "session_over" };

  const current = await renew(dependencies, key, changedUser, request, ring);
  if (current === undefined) return { outcome: "session_over" };
  const tokens = await issueTokens({ session: current, user: changedUser, ring, now: clock() }, dependencies);
  return tokens === undefined ? { outcome: "session_over" } : { outcome: "changed", tokens };
};

/** `applied`: this very change was made before, and its answer was lost. Only the session that made it can say so. */
const prove = async (
  { passwordWork }: ChangePasswordDependencies,
  user: User,
  { currentPassword, newPassword, sessionId }: ChangePasswordRequest,
  ring: KeyRing,
): Promise<"current" | "applied" | "wrong"> => {
  const matches = async (password: string) =>
    (await verifyPassword(password, user.passwordDigest, ring, passwordWork)).verified;
  if (await matches(currentPassword)) return "current";
  return user.keptSessionId === sessionId && (await matches(newPassword)) ? "applied" : "wrong";
};

/**
 * Rotates the session that made the change, once for the change: where an earlier try got that far, its token goes out
 * again. A refresh of the same session may come first any number of times, but not for ever.
 */
const renew = async (
  { sessions, ids, clock, settings }: ChangePasswordDependencies,
  key: SessionKey,
  user: User,
  { idempotencyKey }: ChangePasswordRequest,
  ring: KeyRing,
): Promise<Session | undefined> => {
  for (;;) {
    const session = await sessions.find(key);
    const now = clock();
    if (session === undefined || !isAlive(session, now) || !isCredentialCurrent(session, user)) return undefined;
    if (session.credentialVersion === user.credentialVersion) return session;
    const rotated = await sessions.rotate(
      session,
      {
        refreshJti: ids.tokenId(),
        refreshKid: ring.refresh.current.kid,
        idleExpiresAt: addSeconds(now, idleSeconds(session.transport, settings)),
        rotationKeyHash: idempotencyKey === undefined ? undefined : hashIdempotencyKey(idempotencyKey),
        renewed: { credentialVersion: user.credentialVersion, authenticatedAt: now },
      },
      now,
    );
    if (rotated !== undefined) return rotated;
  }
};
