import { env, readEnvironment } from "../environment.ts";
import type { Backoff } from "./backoff.ts";
import type { WindowLimit } from "./throttle-store.ts";

/** How much of what is let through; every figure but the periods is a setting of the deployment. */
export type LoginLimits = {
  /** Guesses in a row at one account from anywhere, and at one from a device that it knows. */
  readonly guessing: Backoff;
  /** Failed logins to one account from one network address. */
  readonly loginFailuresPerAccountAndAddress: WindowLimit;
  /** Failed logins from one network address, whatever the accounts. */
  readonly loginFailuresPerAddress: WindowLimit;
};

export type RegistrationLimits = {
  /** From one network address. */
  readonly registrationsPerAddress: WindowLimit;
  /** How often one network address is told that an account exists. */
  readonly knownAccountsPerAddress: WindowLimit;
};

const MINUTE = 60;
const HOUR = 3600;

/** Longer than an attack at the pace of one guess an hour takes a hundred guesses, and than an owner stays away. */
const MEMORY_SECONDS = 30 * 24 * HOUR;

/** What the functions read that check passwords. @throws Error naming what the environment lacks */
export const guessingFromEnvironment = (): Backoff => {
  const environment = readEnvironment({
    FREE_FAILURES: env.count,
    FIRST_DELAY_SECONDS: env.seconds,
    LONGEST_DELAY_SECONDS: env.seconds,
    MOST_FAILURES: env.count,
  });
  return {
    freeFailures: environment.FREE_FAILURES,
    firstDelaySeconds: environment.FIRST_DELAY_SECONDS,
    longestDelaySeconds: environment.LONGEST_DELAY_SECONDS,
    mostFailures: environment.MOST_FAILURES,
    memorySeconds: MEMORY_SECONDS,
  };
};

/** @throws Error naming what the environment lacks */
export const loginLimitsFromEnvironment = (): LoginLimits => {
  const environment = readEnvironment({
    LOGIN_FAILURES_PER_ACCOUNT_AND_ADDRESS: env.count,
    LOGIN_FAILURES_PER_ADDRESS: env.count,
  });
  return {
    guessing: guessingFromEnvironment(),
    loginFailuresPerAccountAndAddress: aMinute(environment.LOGIN_FAILURES_PER_ACCOUNT_AND_ADDRESS),
    loginFailuresPerAddress: aMinute(environment.LOGIN_FAILURES_PER_ADDRESS),
  };
};

/** @throws Error naming what the environment lacks */
export const registrationLimitsFromEnvironment = (): RegistrationLimits => {
  const environment = readEnvironment({ REGISTRATIONS_PER_ADDRESS: env.count, KNOWN_ACCOUNTS_PER_ADDRESS: env.count });
  return {
    registrationsPerAddress: aMinute(environment.REGISTRATIONS_PER_ADDRESS),
    knownAccountsPerAddress: { most: environment.KNOWN_ACCOUNTS_PER_ADDRESS, windowSeconds: HOUR },
  };
};

/** What one instance refuses to refresh for one address in a minute. @throws Error naming what the environment lacks */
export const refreshLimitFromEnvironment = (): WindowLimit =>
  aMinute(readEnvironment({ REFRESH_FAILURES_PER_ADDRESS: env.count }).REFRESH_FAILURES_PER_ADDRESS);

const aMinute = (most: number): WindowLimit => ({ most, windowSeconds: MINUTE });
