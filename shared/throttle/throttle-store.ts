import { type DynamoDBDocumentClient, GetCommand, UpdateCommand, type UpdateCommandInput } from "@aws-sdk/lib-dynamodb";
import * as z from "zod/mini";
import { ifConditionHolds } from "../aws/conditional-write.ts";
import { inCleanUpTime } from "../deadline.ts";
import { addSeconds, type EpochSeconds, epochSeconds } from "../time.ts";
import { type AttemptRecord, type Backoff, delayAfter, delaySteps, evaluateAttempt } from "./backoff.ts";

/** So many in so much time; the window is a fixed one, so over its border twice as many pass. */
export type WindowLimit = { readonly max: number; readonly windowSeconds: number };

type Rejection = { readonly admitted: false; readonly retryAfterSeconds: number };
export type Admission = { readonly admitted: true; readonly count: number; readonly pk: string } | Rejection;

/** An attempt that is counted as failed, and what it takes to take it back. */
export type Reservation = {
  readonly admitted: true;
  /** Failures in a row, with this one. */
  readonly count: number;
  readonly pk: string;
  readonly attemptedAt: EpochSeconds;
  readonly previousAttemptAt: EpochSeconds | undefined;
};

/** The Throttle table. Every count is one atomic write, made before the attempt it counts (B2). */
export type ThrottleStore = ReturnType<typeof createThrottleStore>;

/** TTL may remove a counter as soon as it means nothing any more; clocks differ a little. */
const SLACK_SECONDS = 60;

/** Of parallel attempts one wins each round; a loser that lost so often is told to come back. */
const MAX_ROUNDS = 3;

export const createThrottleStore = (client: DynamoDBDocumentClient, throttleTable: string) => {
  const update = (pk: string, input: Omit<UpdateCommandInput, "TableName" | "Key">) =>
    client.send(new UpdateCommand({ TableName: throttleTable, Key: { pk }, ...input }));

  const updateIf = (pk: string, input: Omit<UpdateCommandInput, "TableName" | "Key">) =>
    ifConditionHolds(update(pk, input));

  const read = async (pk: string): Promise<AttemptRecord | undefined> => {
    const { Item } = await client.send(new GetCommand({ TableName: throttleTable, Key: { pk }, ConsistentRead: true }));
    return Item === undefined ? undefined : toRecord(Item);
  };

  return {
    /** Counts one in the present window: one write. */
    countInWindow: async (key: string, { max, windowSeconds }: WindowLimit, now: EpochSeconds): Promise<Admission> => {
      const window = Math.floor(now / windowSeconds);
      const endsAt = (window + 1) * windowSeconds;
      const pk = `${key}#${window}`;
      const { Attributes } = await update(pk, {
        UpdateExpression: "ADD attempts :one SET expiresAt = :expiresAt",
        ExpressionAttributeValues: { ":one": 1, ":expiresAt": endsAt + SLACK_SECONDS },
        ReturnValues: "UPDATED_NEW",
      });
      const { attempts } = counted.parse(Attributes);
      return attempts <= max
        ? { admitted: true, count: attempts, pk }
        : { admitted: false, retryAfterSeconds: endsAt - now };
    },

    /** Takes one back out of a window: one write. For what turned out to be no abuse. */
    uncount: async (pk: string): Promise<void> => {
      const update = {
        UpdateExpression: "ADD attempts :less",
        ConditionExpression: "attempts >= :one",
        ExpressionAttributeValues: { ":less": -1, ":one": 1 },
      };
      await inCleanUpTime(() => updateIf(pk, update));
    },

    /**
     * Counts an attempt as failed, if the back-off admits it now: one write. A refusal costs the refused write and a
     * read, which tells when to come back.
     */
    reserve: async (pk: string, backoff: Backoff, now: EpochSeconds): Promise<Reservation | Rejection> => {
      const reserved = { admitted: true, pk, attemptedAt: now } as const;
      const expiresAt = addSeconds(now, backoff.memorySeconds);
      for (let round = 0; round < MAX_ROUNDS; round++) {
        const values = { ":now": now, ":expiresAt": expiresAt, ":one": 1 };
        const admits = admitting(backoff, now);
        const written = await updateIf(pk, {
          UpdateExpression:
            "SET failures = if_not_exists(failures, :none) + :one, lastAttemptAt = :now, expiresAt = :expiresAt",
          ConditionExpression: `attribute_not_exists(pk) OR (expiresAt > :now AND failures < :most AND (${admits.clauses.join(" OR ")}))`,
          ExpressionAttributeValues: {
            ...values,
            ...admits.values,
            ":none": 0,
            ":most": backoff.maxConsecutiveFailures,
          },
          ReturnValues: "UPDATED_OLD",
        });
        if (written !== undefined) {
          const before = written.Attributes === undefined ? undefined : toRecord(written.Attributes);
          return { ...reserved, count: (before?.failures ?? 0) + 1, previousAttemptAt: before?.lastAttemptAt };
        }
        const record = await read(pk);
        const verdict = evaluateAttempt(record, now, backoff);
        if (!verdict.admitted) return verdict;
        // Either the record is stale and TTL late, or it changed since the write.
        const renewed = await updateIf(pk, {
          UpdateExpression: "SET failures = :one, lastAttemptAt = :now, expiresAt = :expiresAt",
          ConditionExpression: "attribute_not_exists(pk) OR expiresAt <= :now",
          ExpressionAttributeValues: values,
        });
        if (renewed !== undefined) return { ...reserved, count: 1, previousAttemptAt: undefined };
      }
      return { admitted: false, retryAfterSeconds: 1 };
    },

    /** Forgets the failures, after a success: one write. */
    reset: async (pk: string, backoff: Backoff, now: EpochSeconds): Promise<void> => {
      await update(pk, {
        UpdateExpression: "SET failures = :none, lastAttemptAt = :now, expiresAt = :expiresAt",
        ExpressionAttributeValues: { ":none": 0, ":now": now, ":expiresAt": addSeconds(now, backoff.memorySeconds) },
      });
    },

    /**
     * Takes back an attempt that was none, the wait that it began included: one write, and another where somebody tried
     * since. It does not reset, so that nobody resets by trying nothing.
     */
    withdraw: async ({ pk, attemptedAt, previousAttemptAt = attemptedAt }: Reservation): Promise<void> => {
      const undo = {
        UpdateExpression: "SET failures = failures - :one, lastAttemptAt = :previous",
        ConditionExpression: "failures >= :one AND lastAttemptAt = :at",
        ExpressionAttributeValues: { ":one": 1, ":at": attemptedAt, ":previous": previousAttemptAt },
      };
      if ((await inCleanUpTime(() => updateIf(pk, undo))) !== undefined) return;
      const countDown = {
        UpdateExpression: "SET failures = failures - :one",
        ConditionExpression: "failures >= :one",
        ExpressionAttributeValues: { ":one": 1 },
      };
      await inCleanUpTime(() => updateIf(pk, countDown));
    },
  };
};

/** `evaluateAttempt`, said to DynamoDB: one clause for each step of the schedule. */
const admitting = (backoff: Backoff, now: EpochSeconds) => {
  const steps = delaySteps(backoff);
  const clauses = ["failures < :free"];
  const values: Record<string, number> = { ":free": backoff.failuresBeforeBackoff };
  for (const [index, { failures, seconds }] of steps.entries()) {
    const isLast = index === steps.length - 1;
    clauses.push(`(failures ${isLast ? ">=" : "="} :f${index} AND lastAttemptAt <= :t${index})`);
    values[`:f${index}`] = failures;
    values[`:t${index}`] = now - seconds;
  }
  return { clauses, values };
};

const counted = z.object({ attempts: z.int() });
const attemptRow = z.object({ failures: z.int(), lastAttemptAt: z.int(), expiresAt: z.int() });

const toRecord = (item: unknown): AttemptRecord => {
  const { failures, lastAttemptAt, expiresAt } = attemptRow.parse(item);
  const last = epochSeconds(lastAttemptAt);
  const end = epochSeconds(expiresAt);
  if (last === undefined || end === undefined) throw new Error("A throttle row is malformed");
  return { failures, lastAttemptAt: last, expiresAt: end };
};

/** How long the next attempt must wait after this one failed, for the log. */
export const waitAfter = (count: number, backoff: Backoff): number =>
  count >= backoff.maxConsecutiveFailures ? backoff.memorySeconds : delayAfter(count, backoff);
