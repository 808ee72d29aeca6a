import * as z from "zod/mini";
import { isWritten, type Row } from "../aws/conditional-write.ts";
import { inCleanUpTime } from "../deadline.ts";
import type { IdSource, WriteId } from "../ids.ts";
import { addSeconds, type EpochSeconds, epochSecondsSchema } from "../time.ts";
import { type AttemptRecord, type AttemptVerdict, type Backoff, delaySteps, evaluateAttempt } from "./backoff.ts";
import { countsAttempt, hasNoOwnTrace, type UpdateRow, withoutAttempt } from "./throttle-row.ts";

/** An attempt that is counted as failed. `withdraw` removes it, `reset` removes all attempts of its row. */
export type Reservation = {
  readonly admitted: true;
  /** Consecutive failures, this attempt included. */
  readonly count: number;
  readonly pk: string;
  readonly attemptId: WriteId;
  readonly attemptedAt: EpochSeconds;
  readonly previousAttemptAt: EpochSeconds | undefined;
};

/** The back-off does not admit the attempt now. */
export type AttemptRejection = Extract<AttemptVerdict, { admitted: false }>;

/** Of several parallel attempts one wins each round. An attempt that loses this many rounds is rejected. */
const MAX_ROUNDS = 3;

/** Counts consecutive failed attempts under a back-off: one row for each counter. */
export const attemptCounter = (update: UpdateRow, ids: Pick<IdSource, "writeId">) => ({
  /**
   * Counts an attempt as failed, if the back-off admits the attempt now: one write, and one more if the row has expired and TTL
   * has not deleted it. A rejection costs the rejected write.
   */
  reserve: async (pk: string, backoff: Backoff, now: EpochSeconds): Promise<Reservation | AttemptRejection> => {
    const attemptId = ids.writeId();
    const reserved = { admitted: true, pk, attemptId, attemptedAt: now } as const;
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const added = await update(pk, addAttempt(attemptId, backoff, now), countsAttempt(attemptId));
      if (added.outcome === "written") {
        const before = toRecord(added.attributes);
        return { ...reserved, count: (before?.failures ?? 0) + 1, previousAttemptAt: before?.lastAttemptAt };
      }
      const record = toRecord(added.row);
      if (added.outcome === "written_before") {
        return { ...reserved, count: record?.failures ?? 1, previousAttemptAt: record?.previousAttemptAt };
      }
      const verdict = evaluateAttempt(record, now, backoff);
      if (!verdict.admitted) return verdict;
      const renewed = await update(pk, replaceExpiredRecord(attemptId, backoff, now), countsAttempt(attemptId));
      if (isWritten(renewed)) return { ...reserved, count: 1, previousAttemptAt: undefined };
    }
    return { admitted: false, retryAfterSeconds: 1, isLockedOut: false };
  },

  /** Removes all failures after a success: one write. A repeat of the write removes no failure that was counted after it. */
  reset: async (pk: string, backoff: Backoff, now: EpochSeconds): Promise<void> => {
    const resetId = ids.writeId();
    await update(pk, removeAttempts(resetId, backoff, now), (row) => row["resetId"] === resetId);
  },

  /**
   * Undoes a reserved attempt that turned out not to be a guess, including the delay that it started: one write, and one more
   * if another attempt was counted since. The other failures of the row stay, so an attempt without a guess resets no counter.
   */
  withdraw: async (attempt: Reservation): Promise<void> => {
    const { pk, attemptId } = attempt;
    const undone = await inCleanUpTime(() => update(pk, undoAttempt(attempt), hasNoOwnTrace));
    if (!isWritten(undone)) await inCleanUpTime(() => update(pk, withoutAttempt(attemptId), hasNoOwnTrace));
  },
});

/** `size` of a missing attribute makes a condition false, so a row without failures needs its own part. */
const HAS_NO_FAILURES = "attribute_not_exists(attemptIds)";
/** Rejects a repeat of the same write, so that `previousAttemptAt` stays the value that the first try stored. */
const DOES_NOT_COUNT_ATTEMPT = "NOT contains(attemptIds, :id)";
const HAS_NOT_EXPIRED = "expiresAt > :now";
const IS_BELOW_MAXIMUM = "size(attemptIds) < :maxFailures";

/** Adds the attempt under the rule of `evaluateAttempt`, except that an expired row with failures is rejected. */
const addAttempt = (attemptId: WriteId, backoff: Backoff, now: EpochSeconds) => {
  const delay = isDelayOver(backoff, now);
  const admitsNext = [DOES_NOT_COUNT_ATTEMPT, HAS_NOT_EXPIRED, IS_BELOW_MAXIMUM, `(${delay.condition})`].join(" AND ");
  return {
    UpdateExpression:
      "ADD attemptIds :ids SET previousAttemptAt = if_not_exists(lastAttemptAt, :now), lastAttemptAt = :now, expiresAt = :expiresAt",
    ConditionExpression: `${HAS_NO_FAILURES} OR (${admitsNext})`,
    ExpressionAttributeValues: {
      ":ids": new Set([attemptId]),
      ":id": attemptId,
      ":now": now,
      ":expiresAt": addSeconds(now, backoff.memorySeconds),
      ":maxFailures": backoff.maxConsecutiveFailures,
      ...delay.values,
    },
    ReturnValues: "ALL_OLD" as const,
  };
};

/** The delay of `delayAfter` as a condition: one part for each step of the schedule. */
const isDelayOver = (backoff: Backoff, now: EpochSeconds) => {
  const steps = delaySteps(backoff);
  const parts = ["size(attemptIds) < :free"];
  const values: Record<string, number> = { ":free": backoff.failuresBeforeBackoff };
  for (const [index, { failures, seconds }] of steps.entries()) {
    const isLast = index === steps.length - 1;
    parts.push(`(size(attemptIds) ${isLast ? ">=" : "="} :f${index} AND lastAttemptAt <= :t${index})`);
    values[`:f${index}`] = failures;
    values[`:t${index}`] = now - seconds;
  }
  return { condition: parts.join(" OR "), values };
};

/** Starts a new record in the row of an expired record that TTL has not deleted. */
const replaceExpiredRecord = (attemptId: WriteId, backoff: Backoff, now: EpochSeconds) => ({
  UpdateExpression: "SET attemptIds = :ids, lastAttemptAt = :now, previousAttemptAt = :now, expiresAt = :expiresAt",
  ConditionExpression: "attribute_not_exists(pk) OR expiresAt <= :now",
  ExpressionAttributeValues: {
    ":ids": new Set([attemptId]),
    ":now": now,
    ":expiresAt": addSeconds(now, backoff.memorySeconds),
  },
});

const removeAttempts = (resetId: WriteId, backoff: Backoff, now: EpochSeconds) => ({
  UpdateExpression: "SET lastAttemptAt = :now, expiresAt = :expiresAt, resetId = :id REMOVE attemptIds",
  ConditionExpression: "attribute_not_exists(resetId) OR resetId <> :id",
  ExpressionAttributeValues: { ":now": now, ":expiresAt": addSeconds(now, backoff.memorySeconds), ":id": resetId },
});

/** Rejected if another attempt was counted since: that attempt has started the present delay. */
const undoAttempt = ({ attemptId, attemptedAt, previousAttemptAt = attemptedAt }: Reservation) => ({
  UpdateExpression: "SET lastAttemptAt = :previous DELETE attemptIds :ids",
  ConditionExpression: "contains(attemptIds, :id) AND lastAttemptAt = :at",
  ExpressionAttributeValues: {
    ":ids": new Set([attemptId]),
    ":id": attemptId,
    ":at": attemptedAt,
    ":previous": previousAttemptAt,
  },
});

const attemptRow = z.object({
  attemptIds: z.optional(z.set(z.string())),
  lastAttemptAt: epochSecondsSchema,
  previousAttemptAt: z.optional(epochSecondsSchema),
  expiresAt: epochSecondsSchema,
});

type StoredRecord = AttemptRecord & { readonly previousAttemptAt?: EpochSeconds | undefined };

/** @throws ZodError if this counter did not write the row */
const toRecord = (row: Row | undefined): StoredRecord | undefined => {
  if (row === undefined) return undefined;
  const { attemptIds, ...times } = attemptRow.parse(row);
  return { failures: attemptIds?.size ?? 0, ...times };
};
