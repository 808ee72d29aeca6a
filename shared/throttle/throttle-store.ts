import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { type IdSource, randomIds } from "../ids.ts";
import { attemptCounter } from "./attempt-counter.ts";
import { rowUpdater } from "./throttle-row.ts";
import { windowCounter } from "./window-counter.ts";

/**
 * The counters in the Throttle table. Every count is one atomic write that is made before the attempt (B2). A row holds the ids
 * of the attempts that it counts, and the count is the size of that set. So a write that the SDK repeats counts an attempt once
 * and removes an attempt once (docs/decisions/0016).
 */
export type ThrottleStore = ReturnType<typeof createThrottleStore>;

/** Creates the counters of one Throttle table. Each call throws the SDK's error if DynamoDB fails. */
export const createThrottleStore = (
  client: DynamoDBDocumentClient,
  throttleTable: string,
  ids: Pick<IdSource, "writeId"> = randomIds,
) => {
  const update = rowUpdater(client, throttleTable);
  return { ...windowCounter(update, ids), ...attemptCounter(update, ids) };
};
