import type { Caller } from "../audit/audit.ts";
import type { SessionId, UserId } from "../ids.ts";
import type { UserStore } from "../users/user-store.ts";
import { type RevokeSessionsDependencies, revokeSessions } from "./revoke-sessions.ts";

export type LogOutAllDependencies = RevokeSessionsDependencies & { readonly users: Pick<UserStore, "forgetDevices"> };

/**
 * Revokes the sessions of a user and makes every device token of the user invalid. One write, one query, and one write a session.
 * The device tokens go first: after the response nobody but an unknown device can log in. The same call can be repeated.
 *
 * @param except the session that goes on. Its device token becomes invalid too
 * @throws the SDK's error of a call that failed: then some sessions or device tokens may be valid
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
