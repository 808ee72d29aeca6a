import type { Audit, Caller } from "../audit/audit.ts";
import type { KeyRing } from "../keys/key-ring.ts";
import type { Clock } from "../time.ts";
import { auditedEmail } from "../users/audited-email.ts";
import { signDeviceToken, verifyDeviceToken } from "./device-token.ts";
import type { LoginLimits } from "./limits.ts";
import { toNetwork } from "./network-address.ts";
import { countedEmail, throttleKey } from "./throttle-keys.ts";
import { type Counted, type Reservation, type ThrottleStore, waitAfter } from "./throttle-store.ts";
import { throttled } from "./throttled.ts";

export type LoginThrottleDependencies = {
  readonly throttle: ThrottleStore;
  readonly loginLimits: LoginLimits;
  readonly keyRing: () => Promise<KeyRing>;
  readonly clock: Clock;
  readonly audit: Audit;
};

export type GuardedLogin = { readonly email: string; readonly deviceToken: string | undefined };

/**
 * Runs a login that may be a guess (B1). It is counted as a failure before it runs, so that parallel guesses cost what they
 * are (B2), and the count is taken back when it succeeds. Three counters, all keyed by what was typed, account or not (L1):
 *
 * - the account from this network address, and the network address alone, within a minute;
 * - then the account from anywhere, with a back-off. A refused address does not count here, or one machine could lock the
 *   owner out.
 *
 * A device that signed in to the account before is counted by its own back-off instead (B4), and with all such devices of the
 * account up to the most there may be: whoever once had the password may have made any number of them. Past that it is a
 * stranger like any other. A success resets what it was counted by, and the account's.
 *
 * Three writes in two round trips before, three after a success; of a known device two, and three.
 *
 * @param logIn undefined for wrong credentials; what it throws is not held against the caller
 * @returns its result, with the token that the device should show next time
 * @throws LatchkeyError `too_many_requests`
 */
export const guardLogin = async <Result>(
  { throttle, loginLimits, keyRing, clock, audit }: LoginThrottleDependencies,
  { email, deviceToken }: GuardedLogin,
  caller: Caller,
  logIn: () => Promise<Result | undefined>,
): Promise<{ readonly result: Result; readonly deviceToken: string } | undefined> => {
  const ring = await keyRing();
  const now = clock();
  const counted = countedEmail(email);
  const network = toNetwork(caller.ip);
  const accountKey = throttleKey("login_account", [counted], ring);
  const { guessing } = loginLimits;
  const reservations: Reservation[] = [];
  let device = verifyDeviceToken(deviceToken, accountKey, ring, now);
  if (device !== undefined) {
    const devicesKey = throttleKey("login_devices", [counted], ring);
    const together = await throttle.reserve(
      devicesKey,
      { ...guessing, failuresBeforeBackoff: guessing.maxConsecutiveFailures },
      now,
    );
    if (together.admitted) reservations.push(together);
    else device = undefined;
  }
  const subject = { route: "login", ...auditedEmail(email, ring) } as const;
  const reject = (limit: Parameters<typeof throttled>[0]["limit"], retryAfterSeconds: number) =>
    throttled({ ...subject, limit, retryAfterSeconds }, caller, audit);

  /** What it takes to be counted right again must not turn a login that succeeded into an error. */
  const settle = async (writes: readonly Promise<void>[]) => void (await Promise.allSettled(writes));
  const windows: Counted[] = [];
  if (device === undefined) {
    const [pair, address] = await Promise.all([
      throttle.countInWindow(
        throttleKey("login_account_address", [counted, network], ring),
        loginLimits.loginFailuresPerAccountAndAddressPerMinute,
        now,
      ),
      throttle.countInWindow(
        throttleKey("login_address", [network], ring),
        loginLimits.loginFailuresPerAddressPerMinute,
        now,
      ),
    ]);
    if (!pair.admitted) throw reject("account_address", pair.retryAfterSeconds);
    if (!address.admitted) throw reject("address", address.retryAfterSeconds);
    windows.push(pair, address);
  }
  const guessed = device === undefined ? accountKey : throttleKey("login_device", [counted, device.deviceId], ring);
  const attempt = await throttle.reserve(guessed, guessing, now);
  if (!attempt.admitted) {
    await settle(reservations.map(throttle.withdraw));
    throw reject(device === undefined ? "account" : "device", attempt.retryAfterSeconds);
  }
  reservations.push(attempt);

  try {
    const result = await logIn();
    if (result !== undefined) {
      const keys = new Set([accountKey, ...reservations.map(({ pk }) => pk)]);
      const resets = [...keys].map((key) => throttle.reset(key, guessing, clock()));
      await settle([...resets, ...windows.map(throttle.uncount)]);
      return { result, deviceToken: signDeviceToken(accountKey, device, ring, clock()) };
    }
  } catch (error) {
    await settle([...reservations.map(throttle.withdraw), ...windows.map(throttle.uncount)]);
    throw error;
  }
  if (attempt.count >= guessing.failuresBeforeBackoff) {
    const retryAfterSeconds = waitAfter(attempt.count, guessing);
    audit({ event: "locked_out", ...subject, failures: attempt.count, retryAfterSeconds }, caller);
  }
  return undefined;
};
