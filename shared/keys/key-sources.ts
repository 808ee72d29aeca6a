import type { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { MomentClock } from "../age.ts";
import { LatchkeyError } from "../errors.ts";
import { type CachedRead, cachedRead } from "./cached-read.ts";
import type { KeyRing } from "./key-ring.ts";
import { readKeyRing } from "./key-ring-store.ts";
import { readPublishedKeys } from "./public-key-store.ts";
import type { PublicJwk } from "./public-keys.ts";
import { type VerificationKeys, verificationKeys } from "./verification-keys.ts";

/**
 * The ages of the ring in an execution environment that signs. The rotation relies on `failAfterSeconds`: a retired key signs
 * for that much longer, and every execution environment knows a new refresh key after that time.
 */
export const KEY_RING_AGE = { refreshAfterSeconds: 60, failAfterSeconds: 300, coolDownSeconds: 10 } as const;

/**
 * The ages of the published keys in an execution environment that verifies or serves them. A withdrawn key is rejected after
 * `refreshAfterSeconds`.
 */
export const PUBLISHED_KEYS_AGE = { refreshAfterSeconds: 60, failAfterSeconds: 900, coolDownSeconds: 10 } as const;

/**
 * Returns the ring. If `knows` returns false for the ring in memory, the ring is read again, at most once in the cool-down
 * time: after a withdrawal another execution environment may sign with a key that is seconds old (K4).
 *
 * @throws LatchkeyError `temporarily_unavailable` before the first rotation, and the errors of `readStoredKeyRing`
 */
export type KeyRingReader = (knows?: (ring: KeyRing) => boolean) => Promise<KeyRing>;

/** Creates the reader of the ring of one execution environment. */
export const keyRingReader = (client: SecretsManagerClient, secretId: string, moment: MomentClock): KeyRingReader => {
  const { get, reload } = cachedRead(() => readKeyRing(client, secretId), { moment, ...KEY_RING_AGE });
  return async (knows = () => true) => {
    const ring = await get();
    return knows(ring) ? ring : reload();
  };
};

/** Creates the cache of the published keys as JWKs. Throws LatchkeyError `temporarily_unavailable` before the first rotation. */
export const publicJwkSource = (
  client: DynamoDBDocumentClient,
  keysTable: string,
  moment: MomentClock,
): CachedRead<readonly PublicJwk[]> =>
  cachedRead(() => readPublicJwks(client, keysTable), { moment, ...PUBLISHED_KEYS_AGE });

/**
 * Creates the cache of the published keys as imported keys. Throws LatchkeyError `temporarily_unavailable` before the first
 * rotation.
 */
export const verificationKeySource = (
  client: DynamoDBDocumentClient,
  keysTable: string,
  moment: MomentClock,
): CachedRead<VerificationKeys> =>
  cachedRead(async () => verificationKeys(await readPublicJwks(client, keysTable)), { moment, ...PUBLISHED_KEYS_AGE });

const readPublicJwks = async (client: DynamoDBDocumentClient, keysTable: string): Promise<readonly PublicJwk[]> => {
  const published = await readPublishedKeys(client, keysTable);
  if (published === undefined) throw new LatchkeyError("temporarily_unavailable", { retryAfterSeconds: 5 });
  return published.keys.map(({ jwk }) => jwk);
};
