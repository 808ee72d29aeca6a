import { KeyObject } from "node:crypto";
import { type CryptoKey, importJWK } from "jose";
import type { SigningAlgorithm } from "../contract/signing-algorithms.ts";
import type { KeyId } from "../ids.ts";
import { fitsAlgorithm } from "./key-kinds.ts";
import type { AccessKey, KeyRing } from "./key-ring.ts";

/** The key that signs access tokens. `kid` and `alg` go into the header of the token. */
export type SigningKey = { readonly kid: KeyId; readonly alg: SigningAlgorithm; readonly key: CryptoKey };

const imported = new WeakMap<AccessKey, Promise<SigningKey>>();

/** Returns the key of the ring that signs. Each key is imported once, so a caller may call this for every token. */
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
