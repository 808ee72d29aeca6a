import type { Audit, Caller } from "../audit/audit.ts";
import type { UserId } from "../ids.ts";
import type { KeyRing } from "../keys/key-ring.ts";
import type { Clock, EpochSeconds } from "../time.ts";
import { auditedEmail } from "../users/audited-email.ts";
import { normalizeEmail } from "../users/email.ts";
import type { UserStore } from "../users/user-store.ts";
import { type DeviceCredentials, signDeviceToken, verifyDeviceToken } from "./device-token.ts";
import type { LoginLimits } from "./limits.ts";
import { toNetwork } from "./network-address.ts";
import { countedEmail, throttleKey } from "./throttle-keys.ts";
import { type Counted, type ThrottleStore, waitAfter } from "./throttle-store.ts";
import { throttled } from "./throttled.ts";

export type LoginThrottleDependencies = {
  readonly throttle: ThrottleStore;
  readonly users: Pick<UserStore, "findByEmail">;
  readonly loginLimits: LoginLimits;
  readonly keyRing: () => Promise<KeyRing>;
  readonly clock: Clock;
  readonly audit: Audit;
};

export type GuardedLogin = { readonly email: string; readonly deviceToken: string | undefined };

/**
 * Counts a login whose password was right, before its session is written: one write.
 * @throws LatchkeyError `too_many_requests`
 */
export type CountLogin = (userId: UserId) => Promise<void>;

/**
 * Runs a login that may be a guess (B1). The login is counted as a failure before it runs, so that parallel guesses cost what
 * they are (B2). The count is taken back when the login succeeds. Three counters have keys made from the typed address, whether
 * or not there is such an account (L1):
 *
 * - the account from this network address, and the network address alone, within a minute;
 * - then the account from anywhere, with a back-off. A login that its network address is denied does not count here, or one
 *   machine could lock the owner out.
 *
 * A known device has none of these limits (B4). All known devices of an account have one back-off together: somebody who once
 * had the password can have any number of device tokens. After `maxConsecutiveFailures` failures a device token counts for nothing. A
 * success resets the counter of the login, and the account's.
 *
 * Successful logins have a limit for each account (B6). `logIn` counts one through `countLogin` when the password was right,
 * so the limit tells nobody else anything, and failures of others do not use it up.
 *
 * Before the login three writes in two round trips, after a success three. A known device: two reads and one write before, two
 * writes after. A device token that this service did not sign for the address causes no read (L5).
 *
 * @param logIn undefined for wrong credentials. What it throws is not held against the caller
 * @returns the result of `logIn`, with the token that the device should show next time
 * @throws LatchkeyError `too_many_requests`
 */
export const guardLogin = async <Result extends { readonly user: DeviceCredentials }>(
  dependencies: LoginThrottleDependencies,
  { email, deviceToken }: GuardedLogin,
  caller: Caller,
  logIn: (countLogin: CountLogin) => Promise<Result | undefined>,
): Promise<{ readonly result: Result; readonly deviceToken: string } | undefined> => {
  const { throttle, loginLimits, keyRing, clock, audit } = dependencies;
  const ring = await keyRing();
  const now = clock();
  const counted = countedEmail(email);
  const network = toNetwork(caller.ip);
  const accountKey = getAccountKey(email, ring);
  const { guessing } = loginLimits;
  const subject = { route: "login", ...auditedEmail(email, ring) } as const;
  const reject = (limit: Parameters<typeof throttled>[0]["limit"], retryAfterSeconds: number, userId?: UserId) =>
    throttled({ ...subject, limit, retryAfterSeconds, ...(userId === undefined ? {} : { userId }) }, caller, audit);

  const reserveAsDevice = async () => {
    if (!(await isKnownDevice(dependencies, email, deviceToken, ring))) return undefined;
    const attempt = await throttle.reserve(throttleKey("login_devices", [counted], ring), guessing, now);
    if (attempt.admitted) return attempt;
    // A longer wait means that `maxConsecutiveFailures` are reached: whoever holds the token is treated as any unknown device.
    if (attempt.retryAfterSeconds > guessing.maxBackoffSeconds) return undefined;
    throw reject("device", attempt.retryAfterSeconds);
  };

  /** What it takes to be counted right again must not turn a login that succeeded into an error. */
  const settle = async (writes: readonly Promise<void>[]) => void (await Promise.allSettled(writes));
  const windows: Counted[] = [];
  const byDevice = await reserveAsDevice();
  if (byDevice === undefined) {
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
  const attempt = byDevice ?? (await throttle.reserve(accountKey, guessing, now));
  if (!attempt.admitted) throw reject("account", attempt.retryAfterSeconds);

  const successes: Counted[] = [];
  const countLogin: CountLogin = async (userId) => {
    const limit = loginLimits.maxLoginsPerAccount;
    const admission = await throttle.countInWindow(throttleKey("logins", [userId], ring), limit, clock());
    if (!admission.admitted) throw reject("logins", admission.retryAfterSeconds, userId);
    successes.push(admission);
  };

  try {
    const result = await logIn(countLogin);
    if (result !== undefined) {
      const resets = [...new Set([accountKey, attempt.pk])].map((key) => throttle.reset(key, guessing, clock()));
      await settle([...resets, ...windows.map(throttle.uncount)]);
      return { result, deviceToken: signDeviceToken(accountKey, result.user, ring, clock()) };
    }
    await settle(successes.map(throttle.uncount));
  } catch (error) {
    await settle([throttle.withdraw(attempt), ...[...windows, ...successes].map(throttle.uncount)]);
    throw error;
  }
  if (attempt.count >= guessing.failuresBeforeBackoff) {
    const retryAfterSeconds = waitAfter(attempt.count, guessing);
    audit({ event: "locked_out", ...subject, failures: attempt.count, retryAfterSeconds }, caller);
  }
  return undefined;
};

/**
 * Signs a new device token for whoever has just proved the password in another way than by a login.
 * @param user the account as it is after that proof
 */
export const renewDeviceToken = (
  user: DeviceCredentials & { readonly normalizedEmail: string },
  ring: Pick<KeyRing, "rootSecret">,
  now: EpochSeconds,
): string => signDeviceToken(getAccountKey(user.normalizedEmail, ring), user, ring, now);

const getAccountKey = (email: string, ring: Pick<KeyRing, "rootSecret">): string =>
  throttleKey("login_account", [countedEmail(email)], ring);

/** Whether the token was issued under the present credentials of the account. No read unless the token is genuine; else two. */
const isKnownDevice = async (
  { users, clock }: LoginThrottleDependencies,
  email: string,
  deviceToken: string | undefined,
  ring: KeyRing,
): Promise<boolean> => {
  const token = verifyDeviceToken(deviceToken, getAccountKey(email, ring), ring, clock());
  const address = normalizeEmail(email);
  if (token === undefined || address === undefined) return false;
  const user = await users.findByEmail(address);
  return user !== undefined && token.isIssuedUnder(user);
};
