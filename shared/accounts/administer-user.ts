import type { Caller } from "../audit/audit.ts";
import type { UserId } from "../ids.ts";
import { type RevokeSessionsDependencies, revokeSessions } from "../sessions/revoke-sessions.ts";
import type { UserStore } from "../users/user-store.ts";

/** The stores that the operations of an operator write to. */
export type AdministerUserDependencies = RevokeSessionsDependencies & {
  readonly users: Pick<UserStore, "setStatus" | "deleteUser">;
};

/**
 * Disables an account and revokes its sessions. The account is written first, so that no login succeeds in between. After a failure
 * the call can be repeated and revokes the sessions that are left. Only the call that changed the account records
 * `account_disabled`.
 *
 * Cost: one write, one query, and one write for each session.
 *
 * @returns false if there is no such account
 * @throws the SDK's error of a call that failed: some sessions may then be alive
 * @example await disableUser(dependencies, userId, caller)
 */
export const disableUser = (
  dependencies: AdministerUserDependencies,
  userId: UserId,
  caller: Caller,
): Promise<boolean> => blockAndRevoke(dependencies, userId, "disabled", caller);

/**
 * Lets a disabled account log in again: one write. The sessions that were revoked stay revoked.
 *
 * @returns false if there is no such account
 * @throws the SDK's error of the write
 */
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
 * Marks an account as deleted, revokes its sessions, and then removes the account and frees its address. After a failure the call
 * can be repeated and does what is left. Only the call that marked the account records `account_deleted`: a removed row would not
 * show which call removed it.
 *
 * @returns false if there is no such account
 * @throws the SDK's error of a call that failed: the account may then still exist, and some sessions may be alive
 */
export const deleteUser = async (
  dependencies: AdministerUserDependencies,
  userId: UserId,
  caller: Caller,
): Promise<boolean> => {
  if (!(await blockAndRevoke(dependencies, userId, "deleted", caller))) return false;
  await dependencies.users.deleteUser(userId);
  return true;
};

/** Changes the status, records the change if this call made it, and revokes the sessions. */
const blockAndRevoke = async (
  dependencies: AdministerUserDependencies,
  userId: UserId,
  status: "disabled" | "deleted",
  caller: Caller,
): Promise<boolean> => {
  const change = await dependencies.users.setStatus(userId, status);
  if (change.outcome === "not_found") return false;
  if (change.outcome === "changed") dependencies.audit({ event: `account_${status}`, userId }, caller);
  // If the account was enabled again in between, the sessions that were opened since then stay open.
  const openedBefore = change.credentialVersion;
  await revokeSessions(dependencies, userId, { reason: "account_disabled", openedBefore }, caller);
  return true;
};
