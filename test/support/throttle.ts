import type { Backoff } from "../../shared/throttle/backoff.ts";
import type { LoginLimits, RegistrationLimits } from "../../shared/throttle/limits.ts";

const MONTH = 30 * 86_400;

/** The limits of a deployment that sets none. */
export const guessing: Backoff = {
  freeFailures: 10,
  firstDelaySeconds: 30,
  longestDelaySeconds: 3600,
  mostFailures: 100,
  memorySeconds: MONTH,
};

export const loginLimits: LoginLimits = {
  guessing,
  loginFailuresPerAccountAndAddress: { most: 5, windowSeconds: 60 },
  loginFailuresPerAddress: { most: 50, windowSeconds: 60 },
};

const boundless = { most: Number.MAX_SAFE_INTEGER, windowSeconds: 60 };

/** For tests of something else, which fail as often as they like while time stands still. */
export const roomyLimits = {
  guessing: { ...guessing, freeFailures: 1_000_000, mostFailures: 2_000_000 },
  loginLimits: {
    guessing: { ...guessing, freeFailures: 1_000_000, mostFailures: 2_000_000 },
    loginFailuresPerAccountAndAddress: boundless,
    loginFailuresPerAddress: boundless,
  },
  registrationLimits: {
    registrationsPerAddress: boundless,
    knownAccountsPerAddress: boundless,
  } satisfies RegistrationLimits,
};
