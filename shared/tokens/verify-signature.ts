import { KeyObject, verify } from "node:crypto";
import type { SigningAlgorithm } from "../contract/signing-algorithms.ts";
import { fitsAlgorithm } from "../keys/key-kinds.ts";
import type { VerificationKey } from "../keys/verification-keys.ts";

/** The name of the hash for node:crypto (RFC 7518 3.3 and 3.4). EdDSA has no separate hash (RFC 8037 3.1). */
const HASHES = {
  RS256: "sha256",
  ES256: "sha256",
  EdDSA: null,
} as const satisfies Record<SigningAlgorithm, "sha256" | null>;

/**
 * Whether the last segment of a compact JWS is the signature of `key` over the other two, by the algorithm of the key (RFC 7515
 * 5.2). Always false for a key that does not fit its algorithm. The token must have passed `parseCompactJws`. Never throws.
 *
 * node:crypto verifies in the calling thread. jose verifies through Web Crypto, which passes each token to a pool of threads and
 * back. That takes several times as long as the verification itself (docs/decisions/0003).
 *
 * @example const isGenuine = verifySignature(token, key)
 */
export const verifySignature = (token: string, { alg, key }: VerificationKey): boolean => {
  const end = token.lastIndexOf(".");
  const signature = Buffer.from(token.slice(end + 1), "base64url");
  try {
    const publicKey = KeyObject.from(key);
    if (!fitsAlgorithm(publicKey, alg)) return false;
    return verify(
      HASHES[alg],
      Buffer.from(token.slice(0, end)),
      { key: publicKey, dsaEncoding: "ieee-p1363" },
      signature,
    );
  } catch {
    return false;
  }
};
