import type { Caller } from "../audit/audit.ts";
import { checkNewPassword, type PasswordPolicy } from "../passwords/password-policy.ts";
import type { SessionDependencies } from "../sessions/dependencies.ts";
import { type IssuedTokens, issueTokens, requireFittingToken } from "../sessions/issue-tokens.ts";
import { renewSession } from "../sessions/renew-session.ts";
import { revokeSessions } from "../sessions/revoke-sessions.ts";
import { isAlive, isCredentialCurrent, type SessionRef } from "../sessions/session.ts";
import { type NewPassword, type SetPasswordDependencies, setPassword } from "./set-password.ts";

/** The stores, keys and rules that `changePassword` uses. */
export type ChangePasswordDependencies = Omit<SessionDependencies, "users"> &
  SetPasswordDependencies & { readonly policy: PasswordPolicy };

/**
 * A request to change the password. `userId` and `sessionId` come from the authorizer's context. `idempotencyKey` proves a retry with
 * the refresh token that the session had before the change.
 */
export type ChangePasswordRequest = SessionRef & NewPassword;

/** The result of a password change. `description` says in plain English why the new password was rejected. */
export type ChangePasswordOutcome =
  | { readonly outcome: "changed"; readonly tokens: IssuedTokens }
  /** The password is changed. There are no tokens, because the session was revoked or its account disabled in between. */
  | { readonly outcome: "changed_session_over" }
  /** The password is not changed. */
  | { readonly outcome: "wrong_password" | "session_over" }
  | { readonly outcome: "password_rejected"; readonly description: string };

/**
 * Sets a new password, revokes every other session of the user and rotates the refresh token of the session that made the change
 * (P7). The user's row is written first: from that write on no other session can refresh, and no login with the old password can
 * finish.
 *
 * The write that rotates the session rejects the access tokens that the session had before (O4). After the first write no
 * outcome claims that the password is unchanged, whatever happens in between.
 *
 * If a call fails half way, the same request made again finishes the change.
 *
 * Cost: three bcrypt computations at most; five reads and two writes, one query, and one write for each other session.
 *
 * @throws the SDK's error if a call failed, and LatchkeyError `temporarily_unavailable` if the request must be repeated with another
 * key (`renewSession`): in both cases the password may be changed. Before the first write, the errors of `requireFittingToken`.
 * @example
 * const outcome = await changePassword(dependencies, { userId, sessionId, currentPassword, newPassword }, caller)
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
  // Sessions opened with the new password stay, and so does the session of a later change, if a later change came in between.
  const [openedBefore, except] = [changedUser?.credentialVersion, changedUser?.keptSessionId];
  await revokeSessions(dependencies, user.userId, { reason: "credentials_changed", except, openedBefore }, caller);
  if (changedUser?.status !== "active") return { outcome: "changed_session_over" };

  const current = await renewSession(dependencies, session, changedUser, request.idempotencyKey, ring);
  if (current === undefined) return { outcome: "changed_session_over" };
  const tokens = await issueTokens({ session: current, user: changedUser, ring, now: clock() }, dependencies);
  return tokens === undefined ? { outcome: "changed_session_over" } : { outcome: "changed", tokens };
};
