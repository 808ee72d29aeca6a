import type { Audit, Caller } from "../audit/audit.ts";
import type { KeyRing } from "../keys/key-ring.ts";
import type { Clock } from "../time.ts";
import type { RegistrationLimits } from "./limits.ts";
import { networkOf } from "./network-address.ts";
import { throttleKey } from "./throttle-keys.ts";
import type { ThrottleStore, WindowLimit } from "./throttle-store.ts";
import { throttled } from "./throttled.ts";

export type RegistrationThrottleDependencies = {
  readonly throttle: ThrottleStore;
  readonly registrationLimits: RegistrationLimits;
  readonly keyRing: () => Promise<KeyRing>;
  readonly clock: Clock;
  readonly audit: Audit;
};

/**
 * Runs a registration. Each counts against its network address: one write. So does each answer that an account exists, by a
 * stricter limit, because whoever collects them learns who has an account here: one write more.
 *
 * @throws LatchkeyError `too_many_requests`
 */
export const guardRegistration = async <Result extends { readonly outcome: string }>(
  { throttle, registrationLimits, keyRing, clock, audit }: RegistrationThrottleDependencies,
  caller: Caller,
  register: () => Promise<Result>,
): Promise<Result> => {
  const ring = await keyRing();
  const network = networkOf(caller.ip);
  const count = async (counter: string, limit: "address" | "known_accounts", most: WindowLimit): Promise<void> => {
    const admission = await throttle.countInWindow(throttleKey(counter, [network], ring), most, clock());
    if (admission.admitted) return;
    throw throttled({ route: "register", limit, retryAfterSeconds: admission.retryAfterSeconds }, caller, audit);
  };

  await count("register_address", "address", registrationLimits.registrationsPerAddress);
  const result = await register();
  if (result.outcome === "account_exists") {
    await count("register_known", "known_accounts", registrationLimits.knownAccountsPerAddress);
  }
  return result;
};
