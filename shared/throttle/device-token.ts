import { randomBytes } from "node:crypto";
import { isEqualInConstantTime } from "../crypto/constant-time.ts";
import { keyedHash } from "../crypto/keyed-hash.ts";
import type { KeyRing } from "../keys/key-ring.ts";
import { addSeconds, type EpochSeconds } from "../time.ts";

/**
 * A device on which somebody signed in to an account before. It is no credential and opens nothing: whoever shows it is
 * counted apart, so that strangers who guess at the account do not lock its owner out (B4).
 */
export type KnownDevice = { readonly deviceId: string };

/** How long a device is known after its last sign-in: half a year. */
export const DEVICE_TOKEN_SECONDS = 180 * 86_400;

/** `<device id>.<end in epoch seconds>.<HMAC-SHA-256 over both and the account>`: nothing of it is stored. */
const TOKEN = /^([A-Za-z0-9_-]{22})\.(\d{10})\.([A-Za-z0-9_-]{43})$/;

/** The token to keep on a device after a sign-in; with `device` the one it had, for longer. */
export const signDeviceToken = (
  accountKey: string,
  device: KnownDevice | undefined,
  ring: Pick<KeyRing, "rootSecret">,
  now: EpochSeconds,
): string => {
  const deviceId = device?.deviceId ?? randomBytes(16).toString("base64url");
  const claims = `${deviceId}.${addSeconds(now, DEVICE_TOKEN_SECONDS)}`;
  return `${claims}.${computeMac(accountKey, claims, ring)}`;
};

/** The device that a token names, if this service signed it for this account. */
export const verifyDeviceToken = (
  token: string | undefined,
  accountKey: string,
  ring: Pick<KeyRing, "rootSecret">,
  now: EpochSeconds,
): KnownDevice | undefined => {
  const [, deviceId, endsAt, mac] = TOKEN.exec(token ?? "") ?? [];
  if (deviceId === undefined || endsAt === undefined || mac === undefined) return undefined;
  const isGenuine = isEqualInConstantTime(mac, computeMac(accountKey, `${deviceId}.${endsAt}`, ring));
  return isGenuine && now < Number(endsAt) ? { deviceId } : undefined;
};

const computeMac = (accountKey: string, claims: string, { rootSecret }: Pick<KeyRing, "rootSecret">): string =>
  keyedHash(rootSecret, "latchkey device", `${accountKey}.${claims}`).toString("base64url");
