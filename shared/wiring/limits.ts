import type { Backoff } from "../throttle/backoff.ts";
import type { LoginLimits, RegistrationLimits } from "../throttle/limits.ts";
import type { WindowLimit } from "../throttle/window-counter.ts";
import { env, readEnvironment } from "./environment.ts";

const MINUTE = 60;
const HOUR = 3600;

/** Longer than an attack at the pace of one guess an hour takes a hundred guesses, and than an owner stays away. */
const MEMORY_SECONDS = 30 * 24 * HOUR;

/** What the functions read that check passwords. @throws Error naming what the environment lacks */
export const guessingFromEnvironment = (): Backoff => {
  const environment = readEnvironment({
    FAILURES_BEFORE_BACKOFF: env.count,
    INITIAL_BACKOFF_SECONDS: env.seconds,
    MAX_BACKOFF_SECONDS: env.seconds,
    MAX_CONSECUTIVE_FAILURES: env.count,
  });
  return {
    failuresBeforeBackoff: environment.FAILURES_BEFORE_BACKOFF,
    initialBackoffSeconds: environment.INITIAL_BACKOFF_SECONDS,
    maxBackoffSeconds: environment.MAX_BACKOFF_SECONDS,
    maxConsecutiveFailures: environment.MAX_CONSECUTIVE_FAILURES,
    memorySeconds: MEMORY_SECONDS,
  };
};

/** @throws Error naming what the environment lacks */
export const loginLimitsFromEnvironment = (): LoginLimits => {
  const environment = readEnvironment({
    LOGIN_FAILURES_PER_ACCOUNT_AND_ADDRESS_PER_MINUTE: env.count,
    LOGIN_FAILURES_PER_ADDRESS_PER_MINUTE: env.count,
    MAX_LOGINS_PER_ACCOUNT_PER_HOUR: env.count,
  });
  return {
    guessing: guessingFromEnvironment(),
    loginFailuresPerAccountAndAddressPerMinute: aMinute(environment.LOGIN_FAILURES_PER_ACCOUNT_AND_ADDRESS_PER_MINUTE),
    loginFailuresPerAddressPerMinute: aMinute(environment.LOGIN_FAILURES_PER_ADDRESS_PER_MINUTE),
    maxLoginsPerAccount: { max: environment.MAX_LOGINS_PER_ACCOUNT_PER_HOUR, windowSeconds: HOUR },
  };
};

/** @throws Error naming what the environment lacks */
export const registrationLimitsFromEnvironment = (): RegistrationLimits => {
  const environment = readEnvironment({
    REGISTRATIONS_PER_ADDRESS_PER_MINUTE: env.count,
    KNOWN_ACCOUNTS_PER_ADDRESS_PER_HOUR: env.count,
  });
  return {
    registrationsPerAddressPerMinute: aMinute(environment.REGISTRATIONS_PER_ADDRESS_PER_MINUTE),
    knownAccountsPerAddressPerHour: { max: environment.KNOWN_ACCOUNTS_PER_ADDRESS_PER_HOUR, windowSeconds: HOUR },
  };
};

/** What one instance refuses to refresh for one address in a minute. @throws Error naming what the environment lacks */
export const refreshLimitFromEnvironment = (): WindowLimit =>
  aMinute(
    readEnvironment({ REFRESH_FAILURES_PER_ADDRESS_PER_MINUTE: env.count }).REFRESH_FAILURES_PER_ADDRESS_PER_MINUTE,
  );

const aMinute = (max: number): WindowLimit => ({ max, windowSeconds: MINUTE });
