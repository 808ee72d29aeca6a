import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import { isConditionFailure, isTemporary } from "./errors.ts";

/**
 * Awaits a write that has a condition. If the condition does not hold, that is a normal outcome. Every other failure is thrown.
 *
 * @returns the output of the write, or undefined if the condition did not hold
 * @throws the SDK's error of a write that failed for another reason
 * @example (await ifConditionHolds(client.send(update)))?.Attributes
 */
export const ifConditionHolds = async <Output>(write: Promise<Output>): Promise<Output | undefined> => {
  try {
    return await write;
  } catch (error) {
    if (isConditionFailure(error)) return undefined;
    throw error;
  }
};

/** A row as DynamoDB returned it. Untrusted until a schema has parsed it. */
export type Row = Readonly<Record<string, unknown>>;

/**
 * Part of every write that is passed to `writeOnce`. With this option a rejected write returns the row that rejected the write,
 * without further cost.
 */
export const RETURNS_OLD_ROW = { ReturnValuesOnConditionCheckFailure: "ALL_OLD" } as const;

/** The outcome of a conditional write. */
export type WriteOutcome =
  /** The write took effect. `attributes`: the attributes that `ReturnValues` requests. */
  | { readonly outcome: "written"; readonly attributes: Row | undefined }
  /** An earlier try of this write took effect and its response was lost. `row`: the row as the last try found it. */
  | { readonly outcome: "written_before"; readonly row: Row }
  /** The condition did not hold. `row`: the row that rejected the write, or undefined if there was none. */
  | { readonly outcome: "rejected"; readonly row: Row | undefined };

/**
 * Awaits a conditional write that the SDK may repeat. The SDK repeats a write whose response was lost, and the repeat is then
 * rejected by the effect of the first try. Each write therefore stores a value that no other write stores. `isOwnEffect` looks
 * for that value in the row that rejected the write.
 *
 * If `readRow` is given and all tries of the SDK failed, the row is read once more: the last try may have taken effect.
 *
 * Cost: no reads. One read if `readRow` is given and the write failed.
 *
 * @param write must contain `RETURNS_OLD_ROW`
 * @param isOwnEffect whether this write, and no other, made the row what it is
 * @param readRow a strongly consistent read of the row
 * @throws the SDK's error of the write. The write may then have taken effect or not.
 */
export const writeOnce = async (
  write: Promise<{ readonly Attributes?: Row | undefined }>,
  isOwnEffect: (row: Row) => boolean,
  readRow?: () => Promise<Row | undefined>,
): Promise<WriteOutcome> => {
  try {
    const { Attributes } = await write;
    return { outcome: "written", attributes: Attributes };
  } catch (error) {
    if (isConditionFailure(error)) {
      const row = rejectingRow(error);
      return row !== undefined && isOwnEffect(row) ? { outcome: "written_before", row } : { outcome: "rejected", row };
    }
    const row = isTemporary(error) ? await readRow?.().catch(() => undefined) : undefined;
    if (row !== undefined && isOwnEffect(row)) return { outcome: "written_before", row };
    throw error;
  }
};

/** Whether the write took effect, at the last try or an earlier one. */
export const isWritten = ({ outcome }: WriteOutcome): boolean => outcome !== "rejected";

/** The document client does not unmarshall the row of an error. */
const rejectingRow = (error: unknown): Row | undefined =>
  error instanceof ConditionalCheckFailedException && error.Item !== undefined ? unmarshall(error.Item) : undefined;
