import { isDeepStrictEqual } from "node:util";
import { ifConditionHolds, isWritten } from "../aws/conditional-write.ts";
import { inCleanUpTime } from "../deadline.ts";
import type { UserId } from "../ids.ts";
import type { NormalizedEmail } from "./email.ts";
import type { User } from "./user.ts";
import { claimKey, fromClaimRow, toUserRow, userKey } from "./user-row.ts";
import type { UserTable } from "./user-table.ts";

/** The outcome of `createUser`. */
export type CreateUserOutcome = { readonly outcome: "created" } | { readonly outcome: "account_exists" };

const IS_NEW = "attribute_not_exists(pk)";

/**
 * Creates an account, unless its address has one. Of any number of parallel calls for one address exactly one returns `created`
 * (S4). The row is written first, and the claim to the address decides. If the function dies in between, no address and no token
 * names the row, and the address stays free.
 *
 * Cost: two writes. Three writes and one read if the address has an account, or if the account of its claim was never completed.
 *
 * @throws RangeError if the roles are invalid, and the SDK's error. After that error the account may exist or not
 */
export const createUser = async (table: UserTable, user: User): Promise<CreateUserOutcome> => {
  const row = toUserRow(user);
  const written = await table.put(row, { ConditionExpression: IS_NEW }, (found) => isDeepStrictEqual(found, row));
  if (!isWritten(written)) throw new Error("The id of a new user is taken");
  try {
    if (await claimEmail(table, user.normalizedEmail, user.userId)) return { outcome: "created" };
  } catch (error) {
    // The claim may be written or not. Without the row the claim has no effect, and the client can repeat its request.
    await inCleanUpTime(() => table.remove(userKey(user.userId))).catch(() => {});
    throw error;
  }
  await table.remove(userKey(user.userId));
  return { outcome: "account_exists" };
};

/**
 * Makes the address name `userId`, whose row must exist. Returns whether the address names `userId` now.
 *
 * A claim whose account has no row is dead: a row is always written before its claim, so this row was deleted. The first of all
 * parallel calls takes over a dead claim.
 */
const claimEmail = async (table: UserTable, email: NormalizedEmail, userId: UserId): Promise<boolean> => {
  let dead: UserId | undefined;
  for (;;) {
    const condition =
      dead === undefined
        ? { ConditionExpression: IS_NEW }
        : { ConditionExpression: `${IS_NEW} OR userId = :dead`, ExpressionAttributeValues: { ":dead": dead } };
    const claim = { ...claimKey(email), userId };
    const claimed = await table.put(claim, condition, (row) => row["userId"] === userId);
    if (claimed.outcome !== "rejected") return true;
    if (claimed.row === undefined) throw new Error("The engine returned no row with a rejected write");
    const claimant = fromClaimRow(claimed.row);
    if (await table.findUser(claimant)) return false;
    dead = claimant;
  }
};

/**
 * Deletes an account and frees its address: one read and two writes. Revoke the sessions of the account first. The row of the
 * account is deleted last, so a call that died half-way can be repeated.
 *
 * @returns whether the account existed
 * @throws the SDK's error. Then the same call can be repeated
 */
export const deleteUser = async (table: UserTable, userId: UserId): Promise<boolean> => {
  const user = await table.findUser(userId);
  if (user === undefined) return false;
  const isOwnClaim = { ConditionExpression: "userId = :userId", ExpressionAttributeValues: { ":userId": userId } };
  await ifConditionHolds(table.remove(claimKey(user.normalizedEmail), isOwnClaim));
  await table.remove(userKey(userId));
  return true;
};
