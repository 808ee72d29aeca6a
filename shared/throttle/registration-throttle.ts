import type { Audit, Caller } from "../audit/audit.ts";
import type { KeyRing } from "../keys/key-ring.ts";
import type { Clock } from "../time.ts";
import type { RegistrationLimits } from "./limits.ts";
import { toNetwork } from "./network-address.ts";
import { throttleKey } from "./throttle-keys.ts";
import type { Counted, ThrottleStore, WindowLimit } from "./throttle-store.ts";
import { throttled } from "./throttled.ts";

export type RegistrationThrottleDependencies = {
  readonly throttle: ThrottleStore;
  readonly registrationLimits: RegistrationLimits;
  readonly keyRing: () => Promise<KeyRing>;
  readonly clock: Clock;
  readonly audit: Audit;
};

/**
 * Runs a registration. Each counts against its network address. So does each answer that an account exists, by a stricter
 * limit, because whoever collects them learns who has an account here. It is counted before it is known and taken back
 * where it was none: past the limit a refusal tells nothing. Two writes before, and one after for a new account.
 *
 * @throws LatchkeyError `too_many_requests`
 */
export const guardRegistration = async <Result extends { readonly outcome: string }>(
  { throttle, registrationLimits, keyRing, clock, audit }: RegistrationThrottleDependencies,
  caller: Caller,
  register: () => Promise<Result>,
): Promise<Result> => {
  const ring = await keyRing();
  const network = toNetwork(caller.ip);
  const count = async (counter: string, limit: "address" | "known_accounts", max: WindowLimit): Promise<Counted> => {
    const admission = await throttle.countInWindow(throttleKey(counter, [network], ring), max, clock());
    if (admission.admitted) return admission;
    throw throttled({ route: "register", limit, retryAfterSeconds: admission.retryAfterSeconds }, caller, audit);
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
