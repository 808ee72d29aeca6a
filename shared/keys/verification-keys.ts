import { KeyObject } from "node:crypto";
import { type CryptoKey, importJWK } from "jose";
import type { SigningAlgorithm } from "../contract/signing-algorithms.ts";
import { fitsAlgorithm } from "./key-kinds.ts";
import type { PublicJwk } from "./public-keys.ts";

/** A public key and the one algorithm it verifies (RFC 8725 3.1). */
export type VerificationKey = { readonly alg: SigningAlgorithm; readonly key: CryptoKey };

/** By `kid`. What is not in it does not verify. */
export type VerificationKeys = ReadonlyMap<string, VerificationKey>;

const imported = new WeakMap<PublicJwk, Promise<VerificationKey>>();

/**
 * Imports each key once for a set that was read, so a caller may ask for every token.
 * @throws Error when a key is not of the kind that its algorithm uses
 */
export const verificationKeys = async (set: readonly PublicJwk[]): Promise<VerificationKeys> =>
  new Map(await Promise.all(set.map(async (jwk) => [jwk.kid, await verificationKey(jwk)] as const)));

const verificationKey = (jwk: PublicJwk): Promise<VerificationKey> => {
  const known = imported.get(jwk);
  if (known !== undefined) return known;
  const key = importVerificationKey(jwk);
  imported.set(jwk, key);
  return key;
};

const importVerificationKey = async (jwk: PublicJwk): Promise<VerificationKey> => {
  const key = await importJWK(jwk, jwk.alg);
  if (key instanceof Uint8Array || key.type !== "public" || !fitsAlgorithm(KeyObject.from(key), jwk.alg)) {
    throw new Error(`A published key is no public key for ${jwk.alg}`);
  }
  return { alg: jwk.alg, key };
};
