import { createHmac, hkdfSync } from "node:crypto";

/** The purpose of a keyed hash. Each purpose has its own key, so a hash of one purpose is never valid for another purpose. */
export type HashPurpose = "latchkey csrf" | "latchkey device" | "latchkey throttle" | "latchkey audit";

const KEY_BYTES = 32;

/**
 * Computes HMAC-SHA-256 of `text` under a key that HKDF derives from the service's root secret for one purpose
 * (RFC 5869, domain separation by `info`). Without the root secret nobody can compute or check the hash.
 *
 * @example keyedHash(ring.rootSecret, "latchkey csrf", sessionId).toString("base64url")
 */
export const keyedHash = (rootSecret: string, purpose: HashPurpose, text: string): Buffer => {
  const key = hkdfSync("sha256", rootSecret, "", purpose, KEY_BYTES);
  return createHmac("sha256", new Uint8Array(key)).update(text).digest();
};
