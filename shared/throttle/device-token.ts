import { isEqualInConstantTime } from "../crypto/constant-time.ts";
import { keyedHash } from "../crypto/keyed-hash.ts";
import type { KeyRing } from "../keys/key-ring.ts";
import { addSeconds, type EpochSeconds } from "../time.ts";
import type { User } from "../users/user.ts";

/** How long a device is known after its last login, in seconds: half a year. */
export const DEVICE_TOKEN_SECONDS = 180 * 86_400;

/** The credentials that a device token is issued under. A change of any of them makes the token invalid. */
export type DeviceCredentials = Pick<User, "userId" | "credentialVersion" | "deviceEpoch">;

/** `<end in epoch seconds>.<keyed hash of the credentials>.<HMAC-SHA-256 over both and the address>`: nothing is stored. */
const TOKEN = /^(\d{10})\.([A-Za-z0-9_-]{43})\.([A-Za-z0-9_-]{43})$/;

/**
 * Signs the token that a device keeps after a login. The token opens nothing. A login that shows it is counted apart from
 * logins of unknown devices, so that others who guess at the account do not lock its owner out (B4).
 *
 * @param accountKey the account's counter of logins, which names the account without its address
 */
export const signDeviceToken = (
  accountKey: string,
  credentials: DeviceCredentials,
  ring: Pick<KeyRing, "rootSecret">,
  now: EpochSeconds,
): string => {
  const claims = `${addSeconds(now, DEVICE_TOKEN_SECONDS)}.${getHash(credentials, ring)}`;
  return `${claims}.${computeMac(accountKey, claims, ring)}`;
};

/**
 * Verifies a device token without any read.
 *
 * @returns whether the token was issued under given credentials of the account; undefined if this service did not sign the token
 * for this account, or the token has expired
 * @example verifyDeviceToken(token, accountKey, ring, now)?.isIssuedUnder(user)
 */
export const verifyDeviceToken = (
  token: string | undefined,
  accountKey: string,
  ring: Pick<KeyRing, "rootSecret">,
  now: EpochSeconds,
): { readonly isIssuedUnder: (credentials: DeviceCredentials) => boolean } | undefined => {
  const [, endsAt, credentialsHash, mac] = TOKEN.exec(token ?? "") ?? [];
  if (endsAt === undefined || credentialsHash === undefined || mac === undefined) return undefined;
  const isGenuine = isEqualInConstantTime(mac, computeMac(accountKey, `${endsAt}.${credentialsHash}`, ring));
  if (!isGenuine || now >= Number(endsAt)) return undefined;
  return { isIssuedUnder: (credentials) => isEqualInConstantTime(getHash(credentials, ring), credentialsHash) };
};

/** A hash, because the holder of a token need not learn how often the credentials were changed. */
const getHash = (
  { userId, credentialVersion, deviceEpoch = 0 }: DeviceCredentials,
  ring: Pick<KeyRing, "rootSecret">,
): string => computeMac("credentials", `${userId}.${credentialVersion}.${deviceEpoch}`, ring);

const computeMac = (subject: string, claims: string, { rootSecret }: Pick<KeyRing, "rootSecret">): string =>
  keyedHash(rootSecret, "latchkey device", `${subject}.${claims}`).toString("base64url");
