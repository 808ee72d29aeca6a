import type { Caller } from "../audit/audit.ts";
import type { UserId } from "../ids.ts";
import { type RevokeSessionsDependencies, revokeSessions } from "../sessions/revoke-sessions.ts";
import type { UserStore } from "../users/user-store.ts";

export type AdministerUserDependencies = RevokeSessionsDependencies & {
  readonly users: Pick<UserStore, "setStatus" | "deleteUser">;
};

/**
 * Bars an account and ends its sessions: the account first, so that no login slips in between. Repeat it after a failure.
 * @returns false if there is no such account
 */
export const disableUser = async (
  dependencies: AdministerUserDependencies,
  userId: UserId,
  caller: Caller,
): Promise<boolean> => {
  const disabled = await dependencies.users.setStatus(userId, "disabled");
  if (disabled.outcome === "not_found") return false;
  // Also where nothing changed: the call before may have died before it could say so.
  dependencies.audit({ event: "account_disabled", userId }, caller);
  // Not those of a user who was let in again meanwhile.
  const openedBefore = disabled.credentialVersion;
  await revokeSessions(dependencies, userId, { reason: "account_disabled", openedBefore }, caller);
  return true;
};

/** Lets a barred account log in again. Its old sessions stay dead. @returns false if there is no such account */
export const enableUser = async (
  { users, audit }: AdministerUserDependencies,
  userId: UserId,
  caller: Caller,
): Promise<boolean> => {
  const { outcome } = await users.setStatus(userId, "active");
  if (outcome === "not_found") return false;
  audit({ event: "account_enabled", userId }, caller);
  return true;
};

/**
 * Removes an account and frees its address, after barring it and ending its sessions. Repeat it after a failure.
 * @returns false if there is no such account
 */
export const deleteUser = async (
  dependencies: AdministerUserDependencies,
  userId: UserId,
  caller: Caller,
): Promise<boolean> => {
  if (!(await disableUser(dependencies, userId, caller))) return false;
  const deleted = await dependencies.users.deleteUser(userId);
  if (deleted) dependencies.audit({ event: "account_deleted", userId }, caller);
  return deleted;
};
