import type { Backoff } from "../throttle/backoff.ts";
import type { LoginLimits, RegistrationLimits } from "../throttle/limits.ts";
import type { WindowLimit } from "../throttle/window-counter.ts";
import { env, readEnvironment } from "./environment.ts";

const MINUTE = 60;
const HOUR = 3600;

/** An attacker with one guess an hour reaches 100 failures within this time. Most owners log in more often than this. */
const MEMORY_SECONDS = 30 * 24 * HOUR;

/** Reads the back-off of password guesses. @throws Error that names the missing or malformed variables */
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

/** Reads the limits of logins. @throws Error that names the missing or malformed variables */
export const loginLimitsFromEnvironment = (): LoginLimits => {
  const environment = readEnvironment({
    LOGIN_FAILURES_PER_ACCOUNT_AND_ADDRESS_PER_MINUTE: env.count,
    LOGIN_FAILURES_PER_ADDRESS_PER_MINUTE: env.count,
    MAX_LOGINS_PER_ACCOUNT_PER_HOUR: env.count,
  });
  return {
    guessing: guessingFromEnvironment(),
    loginFailuresPerAccountAndAddressPerMinute: perMinute(
      environment.LOGIN_FAILURES_PER_ACCOUNT_AND_ADDRESS_PER_MINUTE,
    ),
    loginFailuresPerAddressPerMinute: perMinute(environment.LOGIN_FAILURES_PER_ADDRESS_PER_MINUTE),
    maxLoginsPerAccount: { max: environment.MAX_LOGINS_PER_ACCOUNT_PER_HOUR, windowSeconds: HOUR },
  };
};

/** Reads the limits of registrations. @throws Error that names the missing or malformed variables */
export const registrationLimitsFromEnvironment = (): RegistrationLimits => {
  const environment = readEnvironment({
    REGISTRATIONS_PER_ADDRESS_PER_MINUTE: env.count,
    KNOWN_ACCOUNTS_PER_ADDRESS_PER_HOUR: env.count,
  });
  return {
    registrationsPerAddressPerMinute: perMinute(environment.REGISTRATIONS_PER_ADDRESS_PER_MINUTE),
    knownAccountsPerAddressPerHour: { max: environment.KNOWN_ACCOUNTS_PER_ADDRESS_PER_HOUR, windowSeconds: HOUR },
  };
};

/**
 * Reads the limit of rejected refreshes of one network address in one execution environment.
 * @throws Error that names the missing or malformed variables
 */
export const refreshLimitFromEnvironment = (): WindowLimit =>
  perMinute(
    readEnvironment({ REFRESH_FAILURES_PER_ADDRESS_PER_MINUTE: env.count }).REFRESH_FAILURES_PER_ADDRESS_PER_MINUTE,
  );

const perMinute = (max: number): WindowLimit => ({ max, windowSeconds: MINUTE });
