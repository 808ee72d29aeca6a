import { KeyObject } from "node:crypto";
import { type CryptoKey, importJWK } from "jose";
import type { KeyId } from "../ids.ts";
import { fitsAlgorithm, type SigningAlgorithm } from "./key-kinds.ts";
import type { AccessKey, KeyRing } from "./key-ring.ts";

/** What an access token is signed with; `kid` and `alg` go into its header. */
export type SigningKey = { readonly kid: KeyId; readonly alg: SigningAlgorithm; readonly key: CryptoKey };

const imported = new WeakMap<AccessKey, Promise<SigningKey>>();

/**
 * The ring's one signer. It is imported once for a ring that was read, so a caller may ask for every token.
 * @throws Error when the key is not of the kind that its algorithm uses
 */
export const signingKey = (ring: KeyRing): Promise<SigningKey> => {
  const { current } = ring.access;
  const known = imported.get(current);
  if (known !== undefined) return known;
  const key = importSigningKey(current);
  imported.set(current, key);
  return key;
};

const importSigningKey = async ({ kid, alg, privateJwk }: AccessKey): Promise<SigningKey> => {
  const key = await importJWK({ ...privateJwk, alg }, alg);
  if (key instanceof Uint8Array || key.type !== "private" || !fitsAlgorithm(KeyObject.from(key), alg)) {
    throw new Error(`The signing key is no private key for ${alg}`);
  }
  return { kid, alg, key };
};
