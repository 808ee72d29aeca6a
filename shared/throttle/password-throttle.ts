import type { Audit, Caller } from "../audit/audit.ts";
import type { KeyRing } from "../keys/key-ring.ts";
import type { SessionRef } from "../sessions/session.ts";
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
 * Runs a password change, which is a guess at the current password by whoever holds a session (P7). Each session has a back-off
 * of its own: a session that was stolen gets no more guesses than a stranger at the login page, and neither of them keeps the
 * owner, who can open another session, from changing the password (B4). One write before, and one after unless it failed.
 *
 * @throws LatchkeyError `too_many_requests`
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
    // A refused new password, a session that is over, a fault of ours: nothing was learned of the current one.
    else if (outcome !== "wrong_password") await settle(throttle.withdraw(attempt));
    else if (attempt.count >= guessing.failuresBeforeBackoff) {
      const retryAfterSeconds = waitAfter(attempt.count, guessing);
      audit({ event: "locked_out", ...subject, failures: attempt.count, retryAfterSeconds }, caller);
    }
  }
};
