import type { Audit, Caller } from "../audit/audit.ts";
import type { KeyRing } from "../keys/key-ring.ts";
import type { Clock } from "../time.ts";
import type { RegistrationLimits } from "./limits.ts";
import { toNetwork } from "./network-address.ts";
import { throttleKey } from "./throttle-keys.ts";
import type { ThrottleStore } from "./throttle-store.ts";
import { throttled } from "./throttled.ts";
import type { CountedAttempt, WindowLimit } from "./window-counter.ts";

/** The dependencies of `guardRegistration`. */
export type RegistrationThrottleDependencies = {
  readonly throttle: ThrottleStore;
  readonly registrationLimits: RegistrationLimits;
  readonly keyRing: () => Promise<KeyRing>;
  readonly clock: Clock;
  readonly audit: Audit;
};

/**
 * Runs a registration. Each registration counts for its network address. A response `account_exists` also counts under a
 * stricter limit, because a caller who collects these responses learns who has an account. This count is made before the
 * registration and removed after any other outcome. So when the limit is reached, every registration from the address is
 * rejected, and the rejection tells nothing about the account.
 *
 * Cost: two writes before the registration. One write after it, unless the account exists.
 *
 * @throws LatchkeyError `too_many_requests`, and the errors of `register`
 */
export const guardRegistration = async <Result extends { readonly outcome: string }>(
  { throttle, registrationLimits, keyRing, clock, audit }: RegistrationThrottleDependencies,
  caller: Caller,
  register: () => Promise<Result>,
): Promise<Result> => {
  const ring = await keyRing();
  const network = toNetwork(caller.ip);
  const count = async (
    counter: string,
    limit: "address" | "known_accounts",
    windowLimit: WindowLimit,
  ): Promise<CountedAttempt> => {
    const counted = await throttle.countInWindow(throttleKey(counter, [network], ring), windowLimit, clock());
    if (counted.admitted) return counted;
    throw throttled({ route: "register", limit, retryAfterSeconds: counted.retryAfterSeconds }, caller, audit);
  };

  await count("register_address", "address", registrationLimits.registrationsPerAddressPerMinute);
  const known = await count("register_known", "known_accounts", registrationLimits.knownAccountsPerAddressPerHour);
  let outcome: string | undefined;
  try {
    const result = await register();
    outcome = result.outcome;
    return result;
  } finally {
    if (outcome !== "account_exists") await Promise.allSettled([throttle.uncount(known)]);
  }
};
