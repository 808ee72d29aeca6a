import { type DynamoDBDocumentClient, UpdateCommand, type UpdateCommandInput } from "@aws-sdk/lib-dynamodb";
import * as z from "zod/mini";
import { isWritten, RETURNS_OLD_ROW, type Row, type WriteOutcome, writeOnce } from "../aws/conditional-write.ts";
import { inCleanUpTime } from "../deadline.ts";
import { type IdSource, randomIds, type WriteId } from "../ids.ts";
import { addSeconds, type EpochSeconds, epochSecondsSchema } from "../time.ts";
import { type AttemptRecord, type Backoff, delayAfter, delaySteps, evaluateAttempt } from "./backoff.ts";

/** So many in so much time; the window is a fixed one, so over its border twice as many pass. */
export type WindowLimit = { readonly max: number; readonly windowSeconds: number };

type Rejection = { readonly admitted: false; readonly retryAfterSeconds: number };

/** An attempt that is counted in a window, and what it takes to take it back. */
export type Counted = { readonly admitted: true; readonly pk: string; readonly attemptId: WriteId };

/** An attempt that is counted as failed, and what it takes to take it back. */
export type Reservation = {
  readonly admitted: true;
  /** Failures in a row, with this one. */
  readonly count: number;
  readonly pk: string;
  readonly attemptId: WriteId;
  readonly attemptedAt: EpochSeconds;
  readonly previousAttemptAt: EpochSeconds | undefined;
};

/**
 * The Throttle table. Every count is one atomic write, made before the attempt it counts (B2). A row does not hold a number but
 * the ids of the attempts it counts, and the number is the size of that set. A write that the SDK repeats therefore counts
 * once, and takes back once (docs/decisions/0016).
 */
export type ThrottleStore = ReturnType<typeof createThrottleStore>;

/** TTL may remove a counter as soon as it means nothing any more; clocks differ a little. */
const SLACK_SECONDS = 60;

/** Of parallel attempts one wins each round; a loser that lost so often is told to come back. */
const MAX_ROUNDS = 3;

export const createThrottleStore = (
  client: DynamoDBDocumentClient,
  throttleTable: string,
  ids: Pick<IdSource, "writeId"> = randomIds,
) => {
  const update = (
    pk: string,
    input: Omit<UpdateCommandInput, "TableName" | "Key">,
    isOwnEffect: (row: Row) => boolean,
  ): Promise<WriteOutcome> =>
    writeOnce(
      client.send(new UpdateCommand({ TableName: throttleTable, Key: { pk }, ...input, ...RETURNS_OLD_ROW })),
      isOwnEffect,
    );

  return {
    /** Counts one in the present window, unless the window is full: one write. */
    countInWindow: async (
      key: string,
      { max, windowSeconds }: WindowLimit,
      now: EpochSeconds,
    ): Promise<Counted | Rejection> => {
      const window = Math.floor(now / windowSeconds);
      const endsAt = (window + 1) * windowSeconds;
      const pk = `${key}#${window}`;
      const attemptId = ids.writeId();
      const counted = await update(
        pk,
        {
          UpdateExpression: "ADD attemptIds :ids SET expiresAt = :expiresAt",
          ConditionExpression: "attribute_not_exists(attemptIds) OR size(attemptIds) < :most",
          ExpressionAttributeValues: {
            ":ids": new Set([attemptId]),
            ":expiresAt": endsAt + SLACK_SECONDS,
            ":most": max,
          },
        },
        contains(attemptId),
      );
      return isWritten(counted)
        ? { admitted: true, pk, attemptId }
        : { admitted: false, retryAfterSeconds: endsAt - now };
    },

    /** Takes one back out of a window: one write. For what turned out to be no abuse. */
    uncount: async ({ pk, attemptId }: Counted): Promise<void> => {
      await inCleanUpTime(() => update(pk, takeBack(attemptId), hasNoOwnTrace));
    },

    /**
     * Counts an attempt as failed, if the back-off admits the attempt now: one write, and one more if the row is older than
     * `memorySeconds` and TTL has not removed it. A rejection costs the rejected write.
     */
    reserve: async (pk: string, backoff: Backoff, now: EpochSeconds): Promise<Reservation | Rejection> => {
      const attemptId = ids.writeId();
      const reserved = { admitted: true, pk, attemptId, attemptedAt: now } as const;
      const values = {
        ":now": now,
        ":expiresAt": addSeconds(now, backoff.memorySeconds),
        ":ids": new Set([attemptId]),
      };
      for (let round = 0; round < MAX_ROUNDS; round++) {
        const admits = admitting(backoff, now);
        const written = await update(
          pk,
          {
            UpdateExpression:
              "ADD attemptIds :ids SET previousAttemptAt = if_not_exists(lastAttemptAt, :now), lastAttemptAt = :now, expiresAt = :expiresAt",
            // A repeat of this very write is rejected, so that `previousAttemptAt` stays what the first try found.
            ConditionExpression: `attribute_not_exists(attemptIds) OR (NOT contains(attemptIds, :id) AND expiresAt > :now AND size(attemptIds) < :most AND (${admits.clauses.join(" OR ")}))`,
            ExpressionAttributeValues: {
              ...values,
              ...admits.values,
              ":id": attemptId,
              ":most": backoff.maxConsecutiveFailures,
            },
            ReturnValues: "ALL_OLD",
          },
          contains(attemptId),
        );
        if (written.outcome === "written") {
          const before = toRecord(written.attributes);
          return { ...reserved, count: (before?.failures ?? 0) + 1, previousAttemptAt: before?.lastAttemptAt };
        }
        const record = toRecord(written.row);
        if (written.outcome === "written_before") {
          return { ...reserved, count: record?.failures ?? 1, previousAttemptAt: record?.previousAttemptAt };
        }
        const verdict = evaluateAttempt(record, now, backoff);
        if (!verdict.admitted) return verdict;
        // The record is over and TTL is late.
        const renewed = await update(
          pk,
          {
            UpdateExpression:
              "SET attemptIds = :ids, lastAttemptAt = :now, previousAttemptAt = :now, expiresAt = :expiresAt",
            ConditionExpression: "attribute_not_exists(pk) OR expiresAt <= :now",
            ExpressionAttributeValues: values,
          },
          contains(attemptId),
        );
        if (isWritten(renewed)) return { ...reserved, count: 1, previousAttemptAt: undefined };
      }
      return { admitted: false, retryAfterSeconds: 1 };
    },

    /** Forgets the failures, after a success: one write. A repeat of the write forgets no failure that was counted after it. */
    reset: async (pk: string, backoff: Backoff, now: EpochSeconds): Promise<void> => {
      const resetId = ids.writeId();
      await update(
        pk,
        {
          UpdateExpression: "SET lastAttemptAt = :now, expiresAt = :expiresAt, resetId = :id REMOVE attemptIds",
          ConditionExpression: "attribute_not_exists(resetId) OR resetId <> :id",
          ExpressionAttributeValues: {
            ":now": now,
            ":expiresAt": addSeconds(now, backoff.memorySeconds),
            ":id": resetId,
          },
        },
        (row) => row["resetId"] === resetId,
      );
    },

    /**
     * Takes back an attempt that was none, the wait that it began included: one write, and another where somebody tried
     * since. It does not reset, so that nobody resets by trying nothing.
     */
    withdraw: async ({ pk, attemptId, attemptedAt, previousAttemptAt = attemptedAt }: Reservation): Promise<void> => {
      const undo = {
        UpdateExpression: "SET lastAttemptAt = :previous DELETE attemptIds :ids",
        ConditionExpression: "contains(attemptIds, :id) AND lastAttemptAt = :at",
        ExpressionAttributeValues: {
          ":ids": new Set([attemptId]),
          ":id": attemptId,
          ":at": attemptedAt,
          ":previous": previousAttemptAt,
        },
      };
      const undone = await inCleanUpTime(() => update(pk, undo, hasNoOwnTrace));
      if (!isWritten(undone)) await inCleanUpTime(() => update(pk, takeBack(attemptId), hasNoOwnTrace));
    },
  };
};

const takeBack = (attemptId: WriteId) => ({
  UpdateExpression: "DELETE attemptIds :ids",
  ConditionExpression: "contains(attemptIds, :id)",
  ExpressionAttributeValues: { ":ids": new Set([attemptId]), ":id": attemptId },
});

/** A row that counts the attempt. */
const contains =
  (attemptId: WriteId) =>
  (row: Row): boolean =>
    row["attemptIds"] instanceof Set && row["attemptIds"].has(attemptId);

/** For a write that removes an id: if the id is gone there is nothing left to do, whoever removed it. */
const hasNoOwnTrace = (): boolean => false;

/** `evaluateAttempt`, said to DynamoDB: one clause for each step of the schedule. */
const admitting = (backoff: Backoff, now: EpochSeconds) => {
  const steps = delaySteps(backoff);
  const clauses = ["size(attemptIds) < :free"];
  const values: Record<string, number> = { ":free": backoff.failuresBeforeBackoff };
  for (const [index, { failures, seconds }] of steps.entries()) {
    const isLast = index === steps.length - 1;
    clauses.push(`(size(attemptIds) ${isLast ? ">=" : "="} :f${index} AND lastAttemptAt <= :t${index})`);
    values[`:f${index}`] = failures;
    values[`:t${index}`] = now - seconds;
  }
  return { clauses, values };
};

const attemptRow = z.object({
  attemptIds: z.optional(z.set(z.string())),
  lastAttemptAt: epochSecondsSchema,
  previousAttemptAt: z.optional(epochSecondsSchema),
  expiresAt: epochSecondsSchema,
});

type StoredRecord = AttemptRecord & { readonly previousAttemptAt?: EpochSeconds | undefined };

/** @throws ZodError when the row is not what this store writes */
const toRecord = (row: Row | undefined): StoredRecord | undefined => {
  if (row === undefined) return undefined;
  const { attemptIds, ...times } = attemptRow.parse(row);
  return { failures: attemptIds?.size ?? 0, ...times };
};

/** How long the next attempt must wait after this one failed, for the log. */
export const waitAfter = (count: number, backoff: Backoff): number =>
  count >= backoff.maxConsecutiveFailures ? backoff.memorySeconds : delayAfter(count, backoff);
