import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  type PutCommandInput,
  UpdateCommand,
  type UpdateCommandInput,
} from "@aws-sdk/lib-dynamodb";
import { RETURNS_OLD_ROW, type Row, type WriteOutcome, writeOnce } from "../aws/conditional-write.ts";
import type { UserId } from "../ids.ts";
import type { User } from "./user.ts";
import { fromUserRow, userKey } from "./user-row.ts";

/** A condition of a write, with the values that it names. */
type Condition = Pick<PutCommandInput, "ConditionExpression" | "ExpressionAttributeValues">;

/** The reads and writes of single rows of the Users table. Every read is strongly consistent. */
export type UserTable = ReturnType<typeof userTable>;

/** Creates the reads and writes of one Users table. Each call throws the SDK's error if DynamoDB fails. */
export const userTable = (client: DynamoDBDocumentClient, usersTable: string) => {
  /** Reads a row: one read. */
  const get = async (key: { readonly pk: string }): Promise<Row | undefined> =>
    (await client.send(new GetCommand({ TableName: usersTable, Key: key, ConsistentRead: true }))).Item;

  return {
    get,

    /** Reads an account: one read. @throws Error if the row is malformed */
    findUser: async (userId: UserId): Promise<User | undefined> => {
      const item = await get(userKey(userId));
      return item === undefined ? undefined : fromUserRow(item);
    },

    /** Writes a whole row: one write. */
    put: (item: Row, condition: Condition, isOwnEffect: (row: Row) => boolean): Promise<WriteOutcome> =>
      writeOnce(
        client.send(new PutCommand({ TableName: usersTable, Item: item, ...condition, ...RETURNS_OLD_ROW })),
        isOwnEffect,
      ),

    /** Updates an account: one write, and one read if the write failed. */
    updateUser: (
      userId: UserId,
      update: Omit<UpdateCommandInput, "TableName" | "Key">,
      isOwnEffect: (row: Row) => boolean,
    ): Promise<WriteOutcome> =>
      writeOnce(
        client.send(new UpdateCommand({ TableName: usersTable, Key: userKey(userId), ...update, ...RETURNS_OLD_ROW })),
        isOwnEffect,
        () => get(userKey(userId)),
      ),

    /** Deletes a row: one write. @throws ConditionalCheckFailedException if the condition does not hold */
    remove: async (key: { readonly pk: string }, condition?: Condition): Promise<void> => {
      await client.send(new DeleteCommand({ TableName: usersTable, Key: key, ...condition }));
    },
  };
};
