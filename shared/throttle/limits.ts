import type { Backoff } from "./backoff.ts";
import type { WindowLimit } from "./window-counter.ts";

/** The limits of logins. Each number is a setting of the deployment; the length of each window is fixed. */
export type LoginLimits = {
  /**
   * Consecutive failed logins of one account from unknown devices. The known devices of the account together have a counter of
   * their own under the same back-off.
   */
  readonly guessing: Backoff;
  /** Failed logins of one account from one network address. */
  readonly loginFailuresPerAccountAndAddressPerMinute: WindowLimit;
  /** Failed logins of all accounts from one network address. */
  readonly loginFailuresPerAddressPerMinute: WindowLimit;
  /** Successful logins of one account (B6). */
  readonly maxLoginsPerAccount: WindowLimit;
};

/** The limits of registrations. */
export type RegistrationLimits = {
  /** Registrations from one network address. */
  readonly registrationsPerAddressPerMinute: WindowLimit;
  /** Responses `account_exists` to one network address. */
  readonly knownAccountsPerAddressPerHour: WindowLimit;
};
