import { addSeconds, type EpochSeconds } from "../time.ts";

/** How fast one may go on guessing (B1). */
export type Backoff = {
  /** Failures in a row that cost nothing but a count. */
  readonly failuresBeforeBackoff: number;
  /** The wait after the last free one; it doubles with every further failure. */
  readonly initialBackoffSeconds: number;
  readonly maxBackoffSeconds: number;
  /** After so many in a row nobody may try until the record is forgotten or reset (NIST SP 800-63B-4 3.2.2: at most 100). */
  readonly maxConsecutiveFailures: number;
  /** How long a record is kept after its last attempt. */
  readonly memorySeconds: number;
};

/** The attempts at one thing since the last success. An attempt counts as failed until it is known to be good. */
export type AttemptRecord = {
  readonly failures: number;
  readonly lastAttemptAt: EpochSeconds;
  /** From then on it is as if it were not there, whether or not TTL has removed it (S2). */
  readonly expiresAt: EpochSeconds;
};

/** Seconds to wait after so many failures in a row. */
export const delayAfter = (failures: number, backoff: Backoff): number => {
  if (failures < backoff.failuresBeforeBackoff) return 0;
  return Math.min(
    backoff.initialBackoffSeconds * 2 ** (failures - backoff.failuresBeforeBackoff),
    backoff.maxBackoffSeconds,
  );
};

/**
 * The schedule as a list: from `failures` on the wait is `seconds`. Its last entry holds for all higher counts, and the
 * list is short, because doubling reaches any longest delay soon.
 */
export const delaySteps = (backoff: Backoff): readonly { readonly failures: number; readonly seconds: number }[] => {
  const steps: { failures: number; seconds: number }[] = [];
  for (let failures = backoff.failuresBeforeBackoff; ; failures++) {
    const seconds = delayAfter(failures, backoff);
    steps.push({ failures, seconds });
    if (seconds >= backoff.maxBackoffSeconds) return steps;
  }
};

export type AttemptVerdict =
  | { readonly admitted: true }
  | { readonly admitted: false; readonly retryAfterSeconds: number };

/** Whether somebody with this record may try now. The store says the same as a condition. */
export const evaluateAttempt = (
  record: AttemptRecord | undefined,
  now: EpochSeconds,
  backoff: Backoff,
): AttemptVerdict => {
  if (record === undefined || record.expiresAt <= now) return { admitted: true };
  const nextAt =
    record.failures >= backoff.maxConsecutiveFailures
      ? record.expiresAt
      : addSeconds(record.lastAttemptAt, delayAfter(record.failures, backoff));
  return nextAt <= now ? { admitted: true } : { admitted: false, retryAfterSeconds: nextAt - now };
};
