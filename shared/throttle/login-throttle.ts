import type { Audit, AuditFields, Caller } from "../audit/audit.ts";
import type { LatchkeyError } from "../errors.ts";
import type { UserId } from "../ids.ts";
import type { KeyRing } from "../keys/key-ring.ts";
import type { Clock, EpochSeconds } from "../time.ts";
import { auditedEmail } from "../users/audited-email.ts";
import { normalizeEmail } from "../users/email.ts";
import type { UserStore } from "../users/user-store.ts";
import type { Reservation } from "./attempt-counter.ts";
import { delayStartedBy } from "./backoff.ts";
import { type DeviceCredentials, signDeviceToken, verifyDeviceToken } from "./device-token.ts";
import type { LoginLimits } from "./limits.ts";
import { toNetwork } from "./network-address.ts";
import { countedEmail, throttleKey } from "./throttle-keys.ts";
import type { ThrottleStore } from "./throttle-store.ts";
import { throttled } from "./throttled.ts";
import type { CountedAttempt } from "./window-counter.ts";

/** The dependencies of `guardLogin`. */
export type LoginThrottleDependencies = {
  readonly throttle: ThrottleStore;
  readonly users: Pick<UserStore, "findByEmail">;
  readonly loginLimits: LoginLimits;
  readonly keyRing: () => Promise<KeyRing>;
  readonly clock: Clock;
  readonly audit: Audit;
};

/** The parts of a login request that its limits depend on. */
export type GuardedLogin = { readonly email: string; readonly deviceToken: string | undefined };

/**
 * Counts a login whose password was right, before its session is written: one write.
 * @throws LatchkeyError `too_many_requests`
 */
export type CountLogin = (userId: UserId) => Promise<void>;

/**
 * Runs a login that may be a guess (B1). The login is counted as a failure before it runs, so parallel guesses cannot share one
 * count (B2). If the login succeeds, the counts are removed. The keys of the counters are made from the typed address, whether
 * or not the account exists (L1). An unknown device has these limits:
 *
 * 1. The account from this network address, and this network address for all accounts, in windows of a minute. A login that one
 *    of these limits rejects does not count for the account. Otherwise one machine could lock the owner out.
 * 2. The account from everywhere, under a back-off.
 *
 * A known device has none of these limits (B4). All known devices of an account share one back-off, because a person who once
 * had the password can hold any number of device tokens. After `maxConsecutiveFailures` failures from known devices, each of
 * them is treated as an unknown device. A success resets the counter of the login and the counter of the account.
 *
 * Successful logins have a limit for each account (B6). `logIn` counts a login through `countLogin` when the password was
 * right. So only a caller with the password learns of this limit, and failures do not count for it.
 *
 * Cost for an unknown device: three writes in two round trips before the login, three writes after a success. For a known
 * device: two reads and one write before, two writes after. A device token that this service did not sign for the address
 * causes no read (L5).
 *
 * @param logIn returns undefined for wrong credentials. If `logIn` throws, all counts are removed
 * @returns the result of `logIn`, and the token that the device presents at its next login
 * @throws LatchkeyError `too_many_requests`, and the errors of `logIn`
 */
export const guardLogin = async <Result extends { readonly user: DeviceCredentials }>(
  dependencies: LoginThrottleDependencies,
  { email, deviceToken }: GuardedLogin,
  caller: Caller,
  logIn: (countLogin: CountLogin) => Promise<Result | undefined>,
): Promise<{ readonly result: Result; readonly deviceToken: string } | undefined> => {
  const { throttle, loginLimits, keyRing, clock, audit } = dependencies;
  const { guessing } = loginLimits;
  const ring = await keyRing();
  const accountKey = toAccountKey(email, ring);
  const subject = { route: "login", ...auditedEmail(email, ring) } as const;
  const login: Login = {
    email,
    deviceToken,
    ring,
    accountKey,
    network: toNetwork(caller.ip),
    now: clock(),
    reject: (rejection) => throttled({ ...subject, ...rejection }, caller, audit),
  };

  const byDevice = await reserveAsDevice(dependencies, login);
  const windows = byDevice === undefined ? await countFromAddress(dependencies, login) : [];
  const attempt = byDevice ?? (await reserveForAccount(dependencies, login));

  const successes: CountedAttempt[] = [];
  const countLogin: CountLogin = async (userId) => {
    const key = throttleKey("logins", [userId], ring);
    const counted = await throttle.countInWindow(key, loginLimits.maxLoginsPerAccount, clock());
    if (!counted.admitted) {
      throw login.reject({ limit: "logins", retryAfterSeconds: counted.retryAfterSeconds, userId });
    }
    successes.push(counted);
  };

  let result: Result | undefined;
  try {
    result = await logIn(countLogin);
  } catch (error) {
    await settle([throttle.withdraw(attempt), ...[...windows, ...successes].map(throttle.uncount)]);
    throw error;
  }
  if (result !== undefined) {
    const resets = [...new Set([accountKey, attempt.pk])].map((key) => throttle.reset(key, guessing, clock()));
    await settle([...resets, ...windows.map(throttle.uncount)]);
    return { result, deviceToken: signDeviceToken(accountKey, result.user, ring, clock()) };
  }
  await settle(successes.map(throttle.uncount));
  if (attempt.count >= guessing.failuresBeforeBackoff) {
    const retryAfterSeconds = delayStartedBy(attempt.count, guessing);
    audit({ event: "locked_out", ...subject, failures: attempt.count, retryAfterSeconds }, caller);
  }
  return undefined;
};

/**
 * Signs a new device token after the owner has proved the password in another way than by a login.
 * @param user the account as it is after that proof
 */
export const renewDeviceToken = (
  user: DeviceCredentials & { readonly normalizedEmail: string },
  ring: Pick<KeyRing, "rootSecret">,
  now: EpochSeconds,
): string => signDeviceToken(toAccountKey(user.normalizedEmail, ring), user, ring, now);

/** One login, as its limits see it. */
type Login = GuardedLogin & {
  readonly ring: KeyRing;
  readonly accountKey: string;
  readonly network: string;
  readonly now: EpochSeconds;
  /** Records a rejection and returns the error to throw. */
  readonly reject: (rejection: Omit<AuditFields<"request_throttled">, "route">) => LatchkeyError;
};

const toAccountKey = (email: string, ring: Pick<KeyRing, "rootSecret">): string =>
  throttleKey("login_account", [countedEmail(email)], ring);

/** Waits for all writes. A write that fails must not turn a login that succeeded into an error. */
const settle = async (writes: readonly Promise<void>[]) => void (await Promise.allSettled(writes));

/**
 * Counts the login for the known devices of its account.
 * @returns undefined if the device is unknown, or the known devices have reached `maxConsecutiveFailures`
 * @throws LatchkeyError `too_many_requests` during the back-off
 */
const reserveAsDevice = async (
  dependencies: LoginThrottleDependencies,
  login: Login,
): Promise<Reservation | undefined> => {
  if (!(await isKnownDevice(dependencies, login))) return undefined;
  const { throttle, loginLimits } = dependencies;
  const key = throttleKey("login_devices", [countedEmail(login.email)], login.ring);
  const attempt = await throttle.reserve(key, loginLimits.guessing, login.now);
  if (attempt.admitted) return attempt;
  if (attempt.isLockedOut) return undefined;
  throw login.reject({ limit: "device", retryAfterSeconds: attempt.retryAfterSeconds });
};

/**
 * Counts the login for its network address. Both counts are made at once, so a login that one limit rejects counts for the
 * other.
 */
const countFromAddress = async (
  { throttle, loginLimits }: LoginThrottleDependencies,
  { email, network, ring, now, reject }: Login,
): Promise<readonly CountedAttempt[]> => {
  const [pair, address] = await Promise.all([
    throttle.countInWindow(
      throttleKey("login_account_address", [countedEmail(email), network], ring),
      loginLimits.loginFailuresPerAccountAndAddressPerMinute,
      now,
    ),
    throttle.countInWindow(
      throttleKey("login_address", [network], ring),
      loginLimits.loginFailuresPerAddressPerMinute,
      now,
    ),
  ]);
  if (!pair.admitted) throw reject({ limit: "account_address", retryAfterSeconds: pair.retryAfterSeconds });
  if (!address.admitted) throw reject({ limit: "address", retryAfterSeconds: address.retryAfterSeconds });
  return [pair, address];
};

/** Counts the login for its account. */
const reserveForAccount = async (
  { throttle, loginLimits }: LoginThrottleDependencies,
  { accountKey, now, reject }: Login,
): Promise<Reservation> => {
  const attempt = await throttle.reserve(accountKey, loginLimits.guessing, now);
  if (attempt.admitted) return attempt;
  throw reject({ limit: "account", retryAfterSeconds: attempt.retryAfterSeconds });
};

/** Whether the token was issued under the present credentials of the account: two reads if the token is genuine, else none. */
const isKnownDevice = async (
  { users, clock }: LoginThrottleDependencies,
  { email, deviceToken, accountKey, ring }: Login,
): Promise<boolean> => {
  const token = verifyDeviceToken(deviceToken, accountKey, ring, clock());
  const address = normalizeEmail(email);
  if (token === undefined || address === undefined) return false;
  const user = await users.findByEmail(address);
  return user !== undefined && token.isIssuedUnder(user);
};
