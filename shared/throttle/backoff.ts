import { addSeconds, type EpochSeconds } from "../time.ts";

/** The schedule that slows down guesses at one secret (B1). */
export type Backoff = {
  /** After fewer consecutive failures than this number the next attempt has no delay. */
  readonly failuresBeforeBackoff: number;
  /** The delay after failure number `failuresBeforeBackoff`. Every further failure doubles the delay. */
  readonly initialBackoffSeconds: number;
  readonly maxBackoffSeconds: number;
  /**
   * After this number of consecutive failures no attempt is admitted until the record expires or is reset (NIST SP 800-63B-4
   * 3.2.2: at most 100).
   */
  readonly maxConsecutiveFailures: number;
  /** A record expires this long after its last attempt. */
  readonly memorySeconds: number;
};

/** The attempts at one secret since the last success. An attempt counts as failed until its success is known. */
export type AttemptRecord = {
  readonly failures: number;
  readonly lastAttemptAt: EpochSeconds;
  /** From this time the record has no effect, even if TTL has not deleted the row (S2). */
  readonly expiresAt: EpochSeconds;
};

/** Computes the delay in seconds between the last of `failures` consecutive failures and the next attempt. */
export const delayAfter = (failures: number, backoff: Backoff): number => {
  if (failures < backoff.failuresBeforeBackoff) return 0;
  return Math.min(
    backoff.initialBackoffSeconds * 2 ** (failures - backoff.failuresBeforeBackoff),
    backoff.maxBackoffSeconds,
  );
};

/** Computes the delay in seconds that a failure starts, for the log: `memorySeconds` if it is the last one admitted. */
export const delayStartedBy = (failures: number, backoff: Backoff): number =>
  failures >= backoff.maxConsecutiveFailures ? backoff.memorySeconds : delayAfter(failures, backoff);

/**
 * Lists the delays of `delayAfter`: after `failures` failures the delay is `seconds`. The last entry applies to all higher
 * counts too. The list ends where the delay no longer grows, or at `maxConsecutiveFailures`.
 */
export const delaySteps = (backoff: Backoff): readonly { readonly failures: number; readonly seconds: number }[] => {
  const steps: { failures: number; seconds: number }[] = [];
  for (let failures = backoff.failuresBeforeBackoff; ; failures++) {
    const seconds = delayAfter(failures, backoff);
    steps.push({ failures, seconds });
    if (seconds >= backoff.maxBackoffSeconds || failures >= backoff.maxConsecutiveFailures) return steps;
  }
};

/** The decision about an attempt. */
export type AttemptVerdict =
  | { readonly admitted: true }
  | {
      readonly admitted: false;
      readonly retryAfterSeconds: number;
      /** Whether `maxConsecutiveFailures` is reached. */
      readonly isLockedOut: boolean;
    };

/** Decides whether the record admits an attempt now. `attempt-counter.ts` sends the same rule to DynamoDB as a condition. */
export const evaluateAttempt = (
  record: AttemptRecord | undefined,
  now: EpochSeconds,
  backoff: Backoff,
): AttemptVerdict => {
  if (record === undefined || record.expiresAt <= now) return { admitted: true };
  const isLockedOut = record.failures >= backoff.maxConsecutiveFailures;
  const nextAt = isLockedOut
    ? record.expiresAt
    : addSeconds(record.lastAttemptAt, delayAfter(record.failures, backoff));
  return nextAt <= now ? { admitted: true } : { admitted: false, retryAfterSeconds: nextAt - now, isLockedOut };
};
