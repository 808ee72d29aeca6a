import type { Caller } from "../audit/audit.ts";
import type { SessionId, UserId } from "../ids.ts";
import type { UserStore } from "../users/user-store.ts";
import { type RevokeSessionsDependencies, revokeSessions } from "./revoke-sessions.ts";

/** The stores that `logOutAll` writes to. */
export type LogOutAllDependencies = RevokeSessionsDependencies & { readonly users: Pick<UserStore, "forgetDevices"> };

/**
 * Revokes the sessions of a user and makes every device token of the user invalid. The device tokens are made invalid first:
 * after the response every device counts as unknown at the next login. The call can be repeated.
 *
 * Cost: one write, one query, and one write for each session.
 *
 * @param except the session that is not revoked. Its device token becomes invalid too
 * @throws the SDK's error of a call that failed: some sessions or device tokens may then still be valid
 * @example await logOutAll(dependencies, userId, keepCurrent ? sessionId : undefined, caller)
 */
export const logOutAll = async (
  dependencies: LogOutAllDependencies,
  userId: UserId,
  except: SessionId | undefined,
  caller: Caller,
): Promise<void> => {
  await dependencies.users.forgetDevices(userId);
  await revokeSessions(dependencies, userId, { reason: "logout_all", except }, caller);
};
