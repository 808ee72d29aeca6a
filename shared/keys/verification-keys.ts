import { KeyObject } from "node:crypto";
import { type CryptoKey, importJWK } from "jose";
import { fitsAlgorithm, type SigningAlgorithm } from "./key-kinds.ts";
import type { PublicJwk } from "./public-keys.ts";

/** A public key, and the only algorithm that it verifies (RFC 8725 3.1). */
export type VerificationKey = { readonly alg: SigningAlgorithm; readonly key: CryptoKey };

/** The public keys by `kid`. A token with another `kid` is rejected. */
export type VerificationKeys = ReadonlyMap<string, VerificationKey>;

const imported = new WeakMap<PublicJwk, Promise<VerificationKey>>();

/**
 * Imports the public keys of a set. Each key object is imported once, so a caller may call this for every token.
 * @throws Error if a key is not of the kind that its algorithm uses
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
