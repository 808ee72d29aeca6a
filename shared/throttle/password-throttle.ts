import type { Audit, Caller } from "../audit/audit.ts";
import type { UserId } from "../ids.ts";
import type { KeyRing } from "../keys/key-ring.ts";
import type { Clock } from "../time.ts";
import type { Backoff } from "./backoff.ts";
import { throttleKey } from "./throttle-keys.ts";
import { type ThrottleStore, waitAfter } from "./throttle-store.ts";
import { throttled } from "./throttled.ts";

export type PasswordThrottleDependencies = {
  readonly throttle: ThrottleStore;
  readonly guessing: Backoff;
  readonly keyRing: () => Promise<KeyRing>;
  readonly clock: Clock;
  readonly audit: Audit;
};

/**
 * Runs a password change, which is a guess at the current password by whoever holds a session (P7). It has a back-off of its
 * own for each account: strangers at the login page do not keep the owner from changing the password, and a session that
 * was stolen gets no more guesses than they do. One write before, and one after unless it failed.
 *
 * @throws LatchkeyError `too_many_requests`
 */
export const guardPasswordChange = async <Result extends { readonly outcome: string }>(
  { throttle, guessing, keyRing, clock, audit }: PasswordThrottleDependencies,
  userId: UserId,
  caller: Caller,
  change: () => Promise<Result>,
): Promise<Result> => {
  const pk = throttleKey("password", [userId], await keyRing());
  const attempt = await throttle.reserve(pk, guessing, clock());
  const subject = { route: "password", userId } as const;
  if (!attempt.admitted) {
    throw throttled({ ...subject, limit: "account", retryAfterSeconds: attempt.retryAfterSeconds }, caller, audit);
  }
  const settle = async (write: Promise<void>) => void (await Promise.allSettled([write]));
  let outcome: string | undefined;
  try {
    const result = await change();
    outcome = result.outcome;
    return result;
  } finally {
    if (outcome === "changed") await settle(throttle.reset(pk, guessing, clock()));
    // A refused new password, a session that is over, a fault of ours: nothing was learned of the current one.
    else if (outcome !== "wrong_password") await settle(throttle.withdraw(pk));
    else if (attempt.count >= guessing.freeFailures) {
      const retryAfterSeconds = waitAfter(attempt.count, guessing);
      audit({ event: "locked_out", ...subject, failures: attempt.count, retryAfterSeconds }, caller);
    }
  }
};
