import { isDeepStrictEqual } from "node:util";
import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  UpdateCommand,
  type UpdateCommandInput,
} from "@aws-sdk/lib-dynamodb";
import { ifConditionHolds } from "../aws/conditional-write.ts";
import type { SessionId, UserId } from "../ids.ts";
import type { NormalizedEmail } from "./email.ts";
import type { User, UserStatus } from "./user.ts";
import { claimKey, fromClaimRow, fromUserRow, NO_CLAIM_KEY, NO_USER_KEY, toUserRow, userKey } from "./user-row.ts";

export type CreateUserOutcome = { readonly outcome: "created" } | { readonly outcome: "account_exists" };

export type ChangePasswordOutcome =
  | { readonly outcome: "changed"; readonly credentialVersion: number }
  /** The account is gone or disabled, or its credentials were changed by someone else meanwhile. */
  | { readonly outcome: "superseded" };

export type SetStatusOutcome =
  | { readonly outcome: "changed"; readonly credentialVersion: number }
  /** It had that status. A caller that disables still ends the sessions: the call before may have died half way. */
  | { readonly outcome: "unchanged"; readonly credentialVersion: number }
  | { readonly outcome: "not_found" };

/**
 * The Users table. Each state change is one conditional write, reads are strongly consistent, and a call that DynamoDB
 * throttles or fails throws the SDK's error.
 */
export type UserStore = ReturnType<typeof createUserStore>;

export const createUserStore = (client: DynamoDBDocumentClient, usersTable: string) => {
  const get = async (key: { pk: string }): Promise<unknown> =>
    (await client.send(new GetCommand({ TableName: usersTable, Key: key, ConsistentRead: true }))).Item;

  /** Whether the condition held. */
  const put = (item: Record<string, unknown>, condition: string, values?: Record<string, unknown>): Promise<boolean> =>
    conditionHeld(
      client.send(
        new PutCommand({
          TableName: usersTable,
          Item: item,
          ConditionExpression: condition,
          ExpressionAttributeValues: values,
        }),
      ),
    );

  const updateUser = (userId: UserId, update: Omit<UpdateCommandInput, "TableName" | "Key">): Promise<boolean> =>
    conditionHeld(client.send(new UpdateCommand({ TableName: usersTable, Key: userKey(userId), ...update })));

  const deleteUserRow = (userId: UserId) =>
    client.send(new DeleteCommand({ TableName: usersTable, Key: userKey(userId) }));

  const findById = async (userId: UserId): Promise<User | undefined> => {
    const item = await get(userKey(userId));
    return item === undefined ? undefined : fromUserRow(item);
  };

  const findClaimant = async (email: NormalizedEmail): Promise<UserId | undefined> => {
    const item = await get(claimKey(email));
    return item === undefined ? undefined : fromClaimRow(item);
  };

  /**
   * Makes the address name `userId`, whose row must be written: whether it now does. A claim whose account has no row is
   * dead for good, because a row is always written before its claim; it is taken over, by whoever of many is the first.
   */
  const claimEmail = async (email: NormalizedEmail, userId: UserId): Promise<boolean> => {
    // At first its own id: the SDK repeats a write whose answer was lost, and must then find its own claim good.
    let replaceable = userId;
    for (;;) {
      const claimed = await put({ ...claimKey(email), userId }, "attribute_not_exists(pk) OR userId = :replaceable", {
        ":replaceable": replaceable,
      });
      if (claimed) return true;
      const claimant = await findClaimant(email);
      if (claimant === undefined) continue;
      if (await findById(claimant)) return false;
      replaceable = claimant;
    }
  };

  return {
    /** The account that an id names: one read. */
    findById,

    /** The account that an address names: two reads, one if nobody claims it. */
    findByEmail: async (email: NormalizedEmail): Promise<User | undefined> => {
      const userId = await findClaimant(email);
      return userId === undefined ? undefined : findById(userId);
    },

    /**
     * Finds the account of a login: two reads, whether the account exists or not, and for a text that is no address. So
     * neither the time nor the number of calls tells which accounts exist (L5).
     */
    findForLogin: async (email: NormalizedEmail | undefined): Promise<User | undefined> => {
      const claim = await get(email === undefined ? NO_CLAIM_KEY : claimKey(email));
      const userId = claim === undefined ? undefined : fromClaimRow(claim);
      const item = await get(userId === undefined ? NO_USER_KEY : userKey(userId));
      return userId === undefined || item === undefined ? undefined : fromUserRow(item);
    },

    /**
     * Opens an account, unless its address has one: of any number of parallel calls for one address exactly one answers
     * `created` (S4). Two writes; for a taken address three and two reads; for a dead claim three and two reads.
     *
     * The row is written first and the claim decides. A crash in between leaves a row that no address and no token
     * names, and the address free.
     */
    create: async (user: User): Promise<CreateUserOutcome> => {
      const row = toUserRow(user);
      if (!(await put(row, "attribute_not_exists(pk)")) && !isDeepStrictEqual(await get(userKey(user.userId)), row)) {
        throw new Error("The id of a new user is taken");
      }
      try {
        if (await claimEmail(user.normalizedEmail, user.userId)) return { outcome: "created" };
      } catch (error) {
        // The claim may be written or not; without a row it is nobody's, and the same request can be made again.
        await deleteUserRow(user.userId).catch(() => {});
        throw error;
      }
      await deleteUserRow(user.userId);
      return { outcome: "account_exists" };
    },

    /**
     * Replaces a digest by another of the same password, at a login: one write. Not done, and no harm, if the password
     * was changed since `expectedDigest` was read. Sessions go on: the credential is the same.
     */
    updateDigest: async (userId: UserId, digest: string, expectedDigest: string | null): Promise<void> => {
      await updateUser(userId, {
        UpdateExpression: "SET passwordDigest = :digest",
        ConditionExpression: "passwordDigest = :expected",
        ExpressionAttributeValues: { ":digest": digest, ":expected": expectedDigest },
      });
    },

    /**
     * Sets another password and bumps `credentialVersion`, which in that one write ends every session of the user but
     * `keptSessionId`: one write, and a read if it was refused.
     */
    changePassword: async (
      userId: UserId,
      digest: string,
      expectedCredentialVersion: number,
      keptSessionId: SessionId,
    ): Promise<ChangePasswordOutcome> => {
      const credentialVersion = expectedCredentialVersion + 1;
      const changed = await updateUser(userId, {
        UpdateExpression: "SET passwordDigest = :digest, credentialVersion = :next, keptSessionId = :kept",
        ConditionExpression: "credentialVersion = :expected AND #status = :active",
        ExpressionAttributeNames: { "#status": "status" },
        ExpressionAttributeValues: {
          ":digest": digest,
          ":next": credentialVersion,
          ":kept": keptSessionId,
          ":expected": expectedCredentialVersion,
          ":active": "active" satisfies UserStatus,
        },
      });
      if (changed) return { outcome: "changed", credentialVersion };
      // Refused by its own first try, whose answer was lost? No two hashes of a password have one salt.
      const applied = (await findById(userId))?.passwordDigest === digest;
      return applied ? { outcome: "changed", credentialVersion } : { outcome: "superseded" };
    },

    /** Disables or enables an account and bumps `credentialVersion`: one write and one read. */
    setStatus: async (userId: UserId, status: UserStatus): Promise<SetStatusOutcome> => {
      const changed = await updateUser(userId, {
        UpdateExpression: "SET #status = :status ADD credentialVersion :one REMOVE keptSessionId",
        ConditionExpression: "attribute_exists(pk) AND #status <> :status",
        ExpressionAttributeNames: { "#status": "status" },
        ExpressionAttributeValues: { ":status": status, ":one": 1 },
      });
      const user = await findById(userId);
      if (user === undefined) return { outcome: "not_found" };
      return { outcome: changed ? "changed" : "unchanged", credentialVersion: user.credentialVersion };
    },

    /**
     * Removes an account and frees its address: one read and two writes; whether there was one. End its sessions first.
     * The row goes last: a call that died half way can be repeated.
     */
    deleteUser: async (userId: UserId): Promise<boolean> => {
      const user = await findById(userId);
      if (user === undefined) return false;
      await conditionHeld(
        client.send(
          new DeleteCommand({
            TableName: usersTable,
            Key: claimKey(user.normalizedEmail),
            ConditionExpression: "userId = :userId",
            ExpressionAttributeValues: { ":userId": userId },
          }),
        ),
      );
      await deleteUserRow(userId);
      return true;
    },
  };
};

/** Whether the condition of a write held. */
const conditionHeld = async (write: Promise<object>): Promise<boolean> => (await ifConditionHolds(write)) !== undefined;
