import type { Server } from "node:http";
import { createRequire } from "node:module";
import dynalite from "dynalite";

type DynaliteOptions = Parameters<typeof dynalite>[0];
type AttributeValues = Readonly<Record<string, unknown>>;
type WriteInput = { readonly ReturnValuesOnConditionCheckFailure?: "ALL_OLD" | "NONE" };
type ConditionError = { readonly body: { Item?: AttributeValues } };

/** The part of `dynalite/db` that decides about a write. The three actions call the function while they hold the lock of the row. */
type DynaliteDb = {
  checkConditional(input: WriteInput, oldRow: AttributeValues | undefined): ConditionError | null | undefined;
};
/** The parameters that an operation accepts. dynalite removes all others from a request. */
type DynaliteValidation = { readonly types: Record<string, unknown> };

/**
 * Creates an embedded DynamoDB that does not listen yet.
 *
 * Adds `ReturnValuesOnConditionCheckFailure` to `PutItem`, `UpdateItem` and `DeleteItem`, which dynalite 4 does not know. With
 * `ALL_OLD` the `ConditionalCheckFailedException` contains `Item`, the row on which the condition was evaluated. If there was
 * no row, the response contains no `Item`. No other write comes between the evaluation and the copy of the row.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ConditionalCheckFailedException.html
 */
export const createDynaliteServer = (options: DynaliteOptions): Server => {
  returnOldRowOnRejection();
  return dynalite(options);
};

let isExtended = false;

/** Replaces dynalite's check of conditions, which all servers of this process share. Idempotent. */
const returnOldRowOnRejection = (): void => {
  if (isExtended) return;
  const require = createRequire(import.meta.url);
  const db = require("dynalite/db") as DynaliteDb;
  const { checkConditional } = db;
  db.checkConditional = (input, oldRow) => {
    const error = checkConditional(input, oldRow);
    if (error && oldRow && input.ReturnValuesOnConditionCheckFailure === "ALL_OLD") error.body.Item = oldRow;
    return error;
  };
  for (const operation of ["putItem", "updateItem", "deleteItem"]) {
    const { types } = require(`dynalite/validations/${operation}`) as DynaliteValidation;
    types["ReturnValuesOnConditionCheckFailure"] = { type: "String", enum: ["ALL_OLD", "NONE"] };
  }
  isExtended = true;
};
