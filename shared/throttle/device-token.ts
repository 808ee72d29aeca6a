import { isEqualInConstantTime } from "../crypto/constant-time.ts";
import { keyedHash } from "../crypto/keyed-hash.ts";
import type { KeyRing } from "../keys/key-ring.ts";
import { addSeconds, type EpochSeconds } from "../time.ts";
import type { User } from "../users/user.ts";

/** A device is known for this long after its last login: half a year. */
export const DEVICE_TOKEN_SECONDS = 180 * 86_400;

/** The credentials that a device token is issued under. A change of any of them makes the token invalid. */
export type DeviceCredentials = Pick<User, "userId" | "credentialVersion" | "deviceEpoch">;

/** `<end in epoch seconds>.<keyed hash of the credentials>.<HMAC-SHA-256 over the account key, the end and the hash>`. */
const TOKEN = /^(\d{10})\.([A-Za-z0-9_-]{43})\.([A-Za-z0-9_-]{43})$/;

/**
 * Signs the token that a device keeps after a login. The token grants no access. A login with the token has another counter than
 * logins of unknown devices. So other people who guess the password of the account do not lock the owner out (B4). The service
 * stores nothing of the token.
 *
 * @param accountKey the key of the account's login counter, which does not show the e-mail address
 */
export const signDeviceToken = (
  accountKey: string,
  credentials: DeviceCredentials,
  ring: Pick<KeyRing, "rootSecret">,
  now: EpochSeconds,
): string => {
  const claims = `${addSeconds(now, DEVICE_TOKEN_SECONDS)}.${hashCredentials(credentials, ring)}`;
  return `${claims}.${computeMac(accountKey, claims, ring)}`;
};

/**
 * Verifies the signature and the end of a device token. No reads.
 *
 * @returns undefined if this service did not sign the token for this account, or the token has expired. Otherwise a function
 * that compares the credentials of the account with those at the time of issue
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
  return { isIssuedUnder: (credentials) => isEqualInConstantTime(hashCredentials(credentials, ring), credentialsHash) };
};

/** The token holds a hash, so that its holder does not learn how often the credentials were changed. */
const hashCredentials = (
  { userId, credentialVersion, deviceEpoch = 0 }: DeviceCredentials,
  ring: Pick<KeyRing, "rootSecret">,
): string => computeMac("credentials", `${userId}.${credentialVersion}.${deviceEpoch}`, ring);

const computeMac = (subject: string, claims: string, { rootSecret }: Pick<KeyRing, "rootSecret">): string =>
  keyedHash(rootSecret, "latchkey device", `${subject}.${claims}`).toString("base64url");
