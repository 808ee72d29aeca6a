import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { isWritten, type Row } from "../aws/conditional-write.ts";
import { type IdSource, randomIds, type SessionId, type UserId } from "../ids.ts";
import { type CreateUserOutcome, createUser, deleteUser } from "./create-user.ts";
import type { NormalizedEmail } from "./email.ts";
import type { User, UserStatus } from "./user.ts";
import { claimKey, fromClaimRow, fromUserRow, NO_CLAIM_KEY, NO_USER_KEY, userKey } from "./user-row.ts";
import { userTable } from "./user-table.ts";

/** The outcome of a password change. */
export type ChangePasswordOutcome =
  | { readonly outcome: "changed"; readonly credentialVersion: number }
  /** The account is deleted or disabled, or another call has changed its credentials meanwhile. */
  | { readonly outcome: "superseded" };

/** The outcome of a change of the status. */
export type SetStatusOutcome =
  | { readonly outcome: "changed"; readonly credentialVersion: number }
  /**
   * The account had the status before. A caller that disables still revokes the sessions: an earlier call may have died
   * half-way.
   */
  | { readonly outcome: "unchanged"; readonly credentialVersion: number }
  /** The account does not exist, or its deletion has begun. */
  | { readonly outcome: "not_found" };

/** The Users table. Each state change is one conditional write. Every read is strongly consistent. */
export type UserStore = ReturnType<typeof createUserStore>;

const EXISTS = "attribute_exists(pk)";
const IS_ACTIVE = "#status = :active";
const HAS_OTHER_STATUS = "#status <> :status";
const IS_NOT_DELETED = "#status <> :deleted";

/** Creates the store of one Users table. Each call throws the SDK's error if DynamoDB throttles or fails. */
export const createUserStore = (
  client: DynamoDBDocumentClient,
  usersTable: string,
  ids: Pick<IdSource, "writeId"> = randomIds,
) => {
  const table = userTable(client, usersTable);

  return {
    /** Finds the account of an id: one read. */
    findById: (userId: UserId): Promise<User | undefined> => table.findUser(userId),

    /** Finds the account of an address: two reads, or one read if no account claims the address. */
    findByEmail: async (email: NormalizedEmail): Promise<User | undefined> => {
      const claim = await table.get(claimKey(email));
      return claim === undefined ? undefined : table.findUser(fromClaimRow(claim));
    },

    /**
     * Finds the account of a login: always two reads, also if the account does not exist or the text is not an address. So
     * neither the time nor the number of calls shows which accounts exist (L5).
     *
     * @param email undefined if the typed text is not an address
     */
    findForLogin: async (email: NormalizedEmail | undefined): Promise<User | undefined> => {
      const claim = await table.get(email === undefined ? NO_CLAIM_KEY : claimKey(email));
      const userId = claim === undefined ? undefined : fromClaimRow(claim);
      const item = await table.get(userId === undefined ? NO_USER_KEY : userKey(userId));
      return userId === undefined || item === undefined ? undefined : fromUserRow(item);
    },

    /** See `createUser`. */
    create: (user: User): Promise<CreateUserOutcome> => createUser(table, user),

    /** See `deleteUser`. */
    deleteUser: (userId: UserId): Promise<boolean> => deleteUser(table, userId),

    /**
     * Replaces a digest by another digest of the same password, at a login: one write. Does nothing if the password was changed
     * since `expectedDigest` was read. Sessions continue, because the password is the same.
     */
    updateDigest: async (userId: UserId, digest: string, expectedDigest: string | null): Promise<void> => {
      await table.updateUser(
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
     * Sets a new password and increments `credentialVersion`: one write, and one read if the write failed. The write revokes
     * every session of the user except `keptSessionId`.
     */
    changePassword: async (
      userId: UserId,
      digest: string,
      expectedCredentialVersion: number,
      keptSessionId: SessionId,
    ): Promise<ChangePasswordOutcome> => {
      const credentialVersion = expectedCredentialVersion + 1;
      const changed = await table.updateUser(
        userId,
        {
          UpdateExpression: "SET passwordDigest = :digest, credentialVersion = :next, keptSessionId = :kept",
          ConditionExpression: `credentialVersion = :expected AND ${IS_ACTIVE}`,
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
     * Sets the status of an account and increments `credentialVersion`: one write, and one read if the write failed. Of any
     * number of calls for the same change exactly one returns `changed`, also if the SDK repeated its write. The status
     * `deleted` is final.
     */
    setStatus: async (userId: UserId, status: UserStatus): Promise<SetStatusOutcome> => {
      const statusId = ids.writeId();
      const changed = await table.updateUser(
        userId,
        {
          UpdateExpression:
            "SET #status = :status, statusId = :statusId ADD credentialVersion :one REMOVE keptSessionId",
          ConditionExpression: [EXISTS, HAS_OTHER_STATUS, IS_NOT_DELETED].join(" AND "),
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
     * @returns whether the account exists
     * @throws the SDK's error if the write failed: then the tokens may be valid, and the same call can be repeated
     */
    forgetDevices: async (userId: UserId): Promise<boolean> => {
      const update = {
        UpdateExpression: "ADD deviceEpoch :one",
        ConditionExpression: EXISTS,
        ExpressionAttributeValues: { ":one": 1 },
      };
      // A repeat of this write increments the epoch twice, which invalidates the same tokens.
      return isWritten(await table.updateUser(userId, update, () => false));
    },
  };
};

/** Each digest has its own salt, so two writes never store the same digest. */
const hasDigest =
  (digest: string) =>
  (row: Row): boolean =>
    row["passwordDigest"] === digest;
