import type { Audit, Caller } from "../audit/audit.ts";
import type { KeyRing } from "../keys/key-ring.ts";
import type { SessionRef } from "../sessions/session.ts";
import type { Clock } from "../time.ts";
import { type Backoff, delayStartedBy } from "./backoff.ts";
import { throttleKey } from "./throttle-keys.ts";
import type { ThrottleStore } from "./throttle-store.ts";
import { throttled } from "./throttled.ts";

/** The dependencies of `guardPasswordChange`. */
export type PasswordThrottleDependencies = {
  readonly throttle: ThrottleStore;
  readonly guessing: Backoff;
  readonly keyRing: () => Promise<KeyRing>;
  readonly clock: Clock;
  readonly audit: Audit;
};

/**
 * Runs a password change. The change may be a guess at the current password by the holder of a stolen session (P7). Each session
 * has a back-off of its own, so a stolen session gets no more guesses than an unknown device at a login. Neither logins nor a
 * stolen session can block the owner, who opens another session to change the password (B4).
 *
 * Cost: one write before the change. One write after it, unless the current password was wrong.
 *
 * @param change an outcome other than `changed`, `changed_session_over` and `wrong_password` is not counted, nor is an error
 * @throws LatchkeyError `too_many_requests`, and the errors of `change`
 */
export const guardPasswordChange = async <Result extends { readonly outcome: string }>(
  { throttle, guessing, keyRing, clock, audit }: PasswordThrottleDependencies,
  { userId, sessionId }: SessionRef,
  caller: Caller,
  change: () => Promise<Result>,
): Promise<Result> => {
  const pk = throttleKey("password", [userId, sessionId], await keyRing());
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
    if (outcome === "changed" || outcome === "changed_session_over")
      await settle(throttle.reset(pk, guessing, clock()));
    // After a rejected new password, a revoked session or a fault of ours, the caller knows nothing about the current password.
    else if (outcome !== "wrong_password") await settle(throttle.withdraw(attempt));
    else if (attempt.count >= guessing.failuresBeforeBackoff) {
      const retryAfterSeconds = delayStartedBy(attempt.count, guessing);
      audit({ event: "locked_out", ...subject, failures: attempt.count, retryAfterSeconds }, caller);
    }
  }
};
