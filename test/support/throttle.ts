import type { Backoff } from "../../shared/throttle/backoff.ts";
import type { LoginLimits, RegistrationLimits } from "../../shared/throttle/limits.ts";

const MONTH = 30 * 86_400;

/** The default limits of a deployment. */
export const guessing: Backoff = {
  failuresBeforeBackoff: 10,
  initialBackoffSeconds: 30,
  maxBackoffSeconds: 3600,
  maxConsecutiveFailures: 100,
  memorySeconds: MONTH,
};

export const loginLimits: LoginLimits = {
  guessing,
  loginFailuresPerAccountAndAddressPerMinute: { max: 5, windowSeconds: 60 },
  loginFailuresPerAddressPerMinute: { max: 50, windowSeconds: 60 },
  maxLoginsPerAccount: { max: 300, windowSeconds: 3600 },
};

const boundless = { max: Number.MAX_SAFE_INTEGER, windowSeconds: 60 };

/** High limits, for tests of other subjects whose clock stands still. */
export const roomyLimits = {
  guessing: { ...guessing, failuresBeforeBackoff: 1_000_000, maxConsecutiveFailures: 2_000_000 },
  loginLimits: {
    guessing: { ...guessing, failuresBeforeBackoff: 1_000_000, maxConsecutiveFailures: 2_000_000 },
    loginFailuresPerAccountAndAddressPerMinute: boundless,
    loginFailuresPerAddressPerMinute: boundless,
    maxLoginsPerAccount: boundless,
  },
  registrationLimits: {
    registrationsPerAddressPerMinute: boundless,
    knownAccountsPerAddressPerHour: boundless,
  } satisfies RegistrationLimits,
};
