import { type DynamoDBDocumentClient, UpdateCommand, type UpdateCommandInput } from "@aws-sdk/lib-dynamodb";
import { RETURNS_OLD_ROW, type Row, type WriteOutcome, writeOnce } from "../aws/conditional-write.ts";
import type { WriteId } from "../ids.ts";

/** The parts of a conditional update of one row. */
type RowUpdate = Omit<UpdateCommandInput, "TableName" | "Key">;

/**
 * Sends one conditional update to a row of the Throttle table: one write.
 * @throws the SDK's error if the write fails for another reason than its condition
 */
export type UpdateRow = (pk: string, update: RowUpdate, isOwnEffect: (row: Row) => boolean) => Promise<WriteOutcome>;

/** Creates the function that updates rows of the Throttle table. */
export const rowUpdater =
  (client: DynamoDBDocumentClient, throttleTable: string): UpdateRow =>
  (pk, update, isOwnEffect) =>
    writeOnce(
      client.send(new UpdateCommand({ TableName: throttleTable, Key: { pk }, ...update, ...RETURNS_OLD_ROW })),
      isOwnEffect,
    );

/** Whether a row counts the attempt. */
export const countsAttempt =
  (attemptId: WriteId) =>
  (row: Row): boolean =>
    row["attemptIds"] instanceof Set && row["attemptIds"].has(attemptId);

/**
 * The update that removes an attempt from the ids of a row. If the row does not count the attempt, the row stays unchanged. When
 * the last id is removed, DynamoDB removes the attribute, because a set is never empty.
 */
export const withoutAttempt = (attemptId: WriteId): RowUpdate => ({
  UpdateExpression: "DELETE attemptIds :ids",
  ConditionExpression: "contains(attemptIds, :id)",
  ExpressionAttributeValues: { ":ids": new Set([attemptId]), ":id": attemptId },
});

/** For a write that removes an id. If the id is already gone, no further write is necessary, so the outcome may be `rejected`. */
export const hasNoOwnTrace = (): boolean => false;
