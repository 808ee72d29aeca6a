import type { Backoff } from "./backoff.ts";
import type { WindowLimit } from "./throttle-store.ts";

/** How much of what is let through; every figure but the periods is a setting of the deployment. */
export type LoginLimits = {
  /** Guesses in a row at one account from unknown devices, and apart from them from all devices that it knows together. */
  readonly guessing: Backoff;
  /** Failed logins to one account from one network address. */
  readonly loginFailuresPerAccountAndAddressPerMinute: WindowLimit;
  /** Failed logins from one network address, whatever the accounts. */
  readonly loginFailuresPerAddressPerMinute: WindowLimit;
  /** Successful logins of one account (B6). */
  readonly maxLoginsPerAccount: WindowLimit;
};

export type RegistrationLimits = {
  /** From one network address. */
  readonly registrationsPerAddressPerMinute: WindowLimit;
  /** How often one network address is told that an account exists. */
  readonly knownAccountsPerAddressPerHour: WindowLimit;
};
