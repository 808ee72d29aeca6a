import { isDeepStrictEqual } from "node:util";
import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  UpdateCommand,
  type UpdateCommandInput,
} from "@aws-sdk/lib-dynamodb";
import {
  ifConditionHolds,
  isWritten,
  RETURNS_OLD_ROW,
  type Row,
  type WriteOutcome,
  writeOnce,
} from "../aws/conditional-write.ts";
import { inCleanUpTime } from "../deadline.ts";
import { type IdSource, randomIds, type SessionId, type UserId } from "../ids.ts";
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
  /** There is no such account, or its deletion has begun. */
  | { readonly outcome: "not_found" };

/**
 * The Users table. Each state change is one conditional write, reads are strongly consistent, and a call that DynamoDB
 * throttles or fails throws the SDK's error.
 */
export type UserStore = ReturnType<typeof createUserStore>;

export const createUserStore = (
  client: DynamoDBDocumentClient,
  usersTable: string,
  ids: Pick<IdSource, "writeId"> = randomIds,
) => {
  const get = async (key: { pk: string }): Promise<Row | undefined> =>
    (await client.send(new GetCommand({ TableName: usersTable, Key: key, ConsistentRead: true }))).Item;

  const put = (
    item: Row,
    condition: string,
    isOwnEffect: (row: Row) => boolean,
    values?: Record<string, unknown>,
  ): Promise<WriteOutcome> =>
    writeOnce(
      client.send(
        new PutCommand({
          TableName: usersTable,
          Item: item,
          ConditionExpression: condition,
          ExpressionAttributeValues: values,
          ...RETURNS_OLD_ROW,
        }),
      ),
      isOwnEffect,
    );

  const updateUser = (
    userId: UserId,
    update: Omit<UpdateCommandInput, "TableName" | "Key">,
    isOwnEffect: (row: Row) => boolean,
  ): Promise<WriteOutcome> =>
    writeOnce(
      client.send(new UpdateCommand({ TableName: usersTable, Key: userKey(userId), ...update, ...RETURNS_OLD_ROW })),
      isOwnEffect,
      () => get(userKey(userId)),
    );

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
    let dead: UserId | undefined;
    for (;;) {
      const claimed = await put(
        { ...claimKey(email), userId },
        dead === undefined ? "attribute_not_exists(pk)" : "attribute_not_exists(pk) OR userId = :dead",
        (row) => row["userId"] === userId,
        dead === undefined ? undefined : { ":dead": dead },
      );
      if (claimed.outcome !== "rejected") return true;
      if (claimed.row === undefined) throw new Error("The engine returned no row with a rejected write");
      const claimant = fromClaimRow(claimed.row);
      if (await findById(claimant)) return false;
      dead = claimant;
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
     * `created` (S4). Two writes; for a taken address three and one read; for a dead claim three and one read.
     *
     * The row is written first and the claim decides. A crash in between leaves a row that no address and no token
     * names, and the address free.
     */
    create: async (user: User): Promise<CreateUserOutcome> => {
      const row = toUserRow(user);
      const written = await put(row, "attribute_not_exists(pk)", (found) => isDeepStrictEqual(found, row));
      if (!isWritten(written)) throw new Error("The id of a new user is taken");
      try {
        if (await claimEmail(user.normalizedEmail, user.userId)) return { outcome: "created" };
      } catch (error) {
        // The claim may be written or not; without a row it is nobody's, and the same request can be made again.
        await inCleanUpTime(() => deleteUserRow(user.userId)).catch(() => {});
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
      await updateUser(
        userId,
        {
          UpdateExpression: "SET passwordDigest = :digest",
          ConditionExpression: "passwordDigest = :expected",
          ExpressionAttributeValues: { ":digest": digest, ":expected": expectedDigest },
        },
        hasDigest(digest),
      );
    },

    /**
     * Sets another password and bumps `credentialVersion`, which in that one write ends every session of the user but
     * `keptSessionId`: one write, and one read if the write failed.
     */
    changePassword: async (
      userId: UserId,
      digest: string,
      expectedCredentialVersion: number,
      keptSessionId: SessionId,
    ): Promise<ChangePasswordOutcome> => {
      const credentialVersion = expectedCredentialVersion + 1;
      const changed = await updateUser(
        userId,
        {
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
        },
        hasDigest(digest),
      );
      return isWritten(changed) ? { outcome: "changed", credentialVersion } : { outcome: "superseded" };
    },

    /**
     * Sets the status of an account and bumps `credentialVersion`: one write, and one read if the write failed. Of any number
     * of calls that ask for one change exactly one returns `changed`, also if the SDK repeated its write. The status
     * `deleted` is final.
     */
    setStatus: async (userId: UserId, status: UserStatus): Promise<SetStatusOutcome> => {
      const statusId = ids.writeId();
      const changed = await updateUser(
        userId,
        {
          UpdateExpression:
            "SET #status = :status, statusId = :statusId ADD credentialVersion :one REMOVE keptSessionId",
          ConditionExpression: "attribute_exists(pk) AND #status <> :status AND #status <> :deleted",
          ExpressionAttributeNames: { "#status": "status" },
          ExpressionAttributeValues: {
            ":status": status,
            ":statusId": statusId,
            ":one": 1,
            ":deleted": "deleted" satisfies UserStatus,
          },
          ReturnValues: "ALL_NEW",
        },
        (row) => row["statusId"] === statusId,
      );
      const row = changed.outcome === "written" ? changed.attributes : changed.row;
      if (row === undefined) return { outcome: "not_found" };
      const user = fromUserRow(row);
      if (isWritten(changed)) return { outcome: "changed", credentialVersion: user.credentialVersion };
      if (user.status !== status) return { outcome: "not_found" };
      return { outcome: "unchanged", credentialVersion: user.credentialVersion };
    },

    /**
     * Makes every device token of an account invalid: one write.
     *
     * @returns whether there is such an account
     * @throws the SDK's error if the write failed: then the tokens may be valid, and the same call can be repeated
     */
    forgetDevices: async (userId: UserId): Promise<boolean> => {
      const update = {
        UpdateExpression: "ADD deviceEpoch :one",
        ConditionExpression: "attribute_exists(pk)",
        ExpressionAttributeValues: { ":one": 1 },
      };
      // A repeat of this write raises the epoch twice, which invalidates the same tokens.
      return isWritten(await updateUser(userId, update, () => false));
    },

    /**
     * Removes an account and frees its address: one read and two writes; whether there was one. End its sessions first.
     * The row goes last: a call that died half way can be repeated.
     */
    deleteUser: async (userId: UserId): Promise<boolean> => {
      const user = await findById(userId);
      if (user === undefined) return false;
      await ifConditionHolds(
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

/** No two hashes of a password have one salt. */
const hasDigest =
  (digest: string) =>
  (row: Row): boolean =>
    row["passwordDigest"] === digest;
