import type { Caller } from "../audit/audit.ts";
import type { UserId } from "../ids.ts";
import { type RevokeSessionsDependencies, revokeSessions } from "../sessions/revoke-sessions.ts";
import type { UserStore } from "../users/user-store.ts";

export type AdministerUserDependencies = RevokeSessionsDependencies & {
  readonly users: Pick<UserStore, "setStatus" | "deleteUser">;
};

/**
 * Bars an account and ends its sessions: the account first, so that no login slips in between. Repeat it after a failure: a
 * repeated call revokes the sessions that are left. `account_disabled` is recorded by the one call that changed the account.
 * @returns false if there is no such account
 */
export const disableUser = (
  dependencies: AdministerUserDependencies,
  userId: UserId,
  caller: Caller,
): Promise<boolean> => shutOut(dependencies, userId, "disabled", caller);

/** Lets a barred account log in again. Its old sessions stay dead. @returns false if there is no such account */
export const enableUser = async (
  { users, audit }: AdministerUserDependencies,
  userId: UserId,
  caller: Caller,
): Promise<boolean> => {
  const { outcome } = await users.setStatus(userId, "active");
  if (outcome === "changed") audit({ event: "account_enabled", userId }, caller);
  return outcome !== "not_found";
};

/**
 * Removes an account and frees its address, after marking it as deleted and ending its sessions. Repeat it after a failure: a
 * repeated call does what is left. `account_deleted` is recorded by the one call that marked the account, because a row that is
 * gone cannot tell who removed it.
 * @returns false if there is no such account
 */
export const deleteUser = async (
  dependencies: AdministerUserDependencies,
  userId: UserId,
  caller: Caller,
): Promise<boolean> => {
  if (!(await shutOut(dependencies, userId, "deleted", caller))) return false;
  await dependencies.users.deleteUser(userId);
  return true;
};

/** Changes the status, records the change if this call made it, and ends the sessions. */
const shutOut = async (
  dependencies: AdministerUserDependencies,
  userId: UserId,
  status: "disabled" | "deleted",
  caller: Caller,
): Promise<boolean> => {
  const change = await dependencies.users.setStatus(userId, status);
  if (change.outcome === "not_found") return false;
  if (change.outcome === "changed") dependencies.audit({ event: `account_${status}`, userId }, caller);
  // Not those of a user who was let in again meanwhile.
  const openedBefore = change.credentialVersion;
  await revokeSessions(dependencies, userId, { reason: "account_disabled", openedBefore }, caller);
  return true;
};
