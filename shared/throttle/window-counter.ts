import { isWritten } from "../aws/conditional-write.ts";
import { inCleanUpTime } from "../deadline.ts";
import type { IdSource, WriteId } from "../ids.ts";
import type { EpochSeconds } from "../time.ts";
import { countsAttempt, hasNoOwnTrace, type UpdateRow, withoutAttempt } from "./throttle-row.ts";

/**
 * At most `max` attempts in each window of `windowSeconds`. The windows are fixed, so around the border of two windows up to
 * twice `max` attempts pass.
 */
export type WindowLimit = { readonly max: number; readonly windowSeconds: number };

/** An attempt that a window counts. `uncount` removes it. */
export type CountedAttempt = { readonly admitted: true; readonly pk: string; readonly attemptId: WriteId };

/** The window is full. `retryAfterSeconds`: the time until the next window begins. */
export type WindowRejection = { readonly admitted: false; readonly retryAfterSeconds: number };

/** TTL may delete a window this long after its end. The clocks of two execution environments differ by less. */
const SLACK_SECONDS = 60;

/** `size` of a missing attribute makes a condition false, so the first attempt of a window needs its own part. */
const IS_EMPTY = "attribute_not_exists(attemptIds)";
const IS_BELOW_MAXIMUM = "size(attemptIds) < :max";

/** Counts attempts in fixed windows: one row for each counter and window. */
export const windowCounter = (update: UpdateRow, ids: Pick<IdSource, "writeId">) => ({
  /** Counts one attempt in the present window, unless the window is full: one write. */
  countInWindow: async (
    key: string,
    { max, windowSeconds }: WindowLimit,
    now: EpochSeconds,
  ): Promise<CountedAttempt | WindowRejection> => {
    const window = Math.floor(now / windowSeconds);
    const endsAt = (window + 1) * windowSeconds;
    const pk = `${key}#${window}`;
    const attemptId = ids.writeId();
    const counted = await update(
      pk,
      {
        UpdateExpression: "ADD attemptIds :ids SET expiresAt = :expiresAt",
        ConditionExpression: `${IS_EMPTY} OR ${IS_BELOW_MAXIMUM}`,
        ExpressionAttributeValues: {
          ":ids": new Set([attemptId]),
          ":expiresAt": endsAt + SLACK_SECONDS,
          ":max": max,
        },
      },
      countsAttempt(attemptId),
    );
    return isWritten(counted)
      ? { admitted: true, pk, attemptId }
      : { admitted: false, retryAfterSeconds: endsAt - now };
  },

  /** Removes one attempt from its window: one write. For an attempt that turned out not to be abuse. */
  uncount: async ({ pk, attemptId }: CountedAttempt): Promise<void> => {
    await inCleanUpTime(() => update(pk, withoutAttempt(attemptId), hasNoOwnTrace));
  },
});
