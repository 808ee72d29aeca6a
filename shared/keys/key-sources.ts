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
 * How old a ring may be that an instance signs with. Rotation counts on the last figure: a retired key signs for that
 * much longer, and a new refresh key is known to every instance after it.
 */
export const KEY_RING_AGE = { refreshAfterSeconds: 60, failAfterSeconds: 300, coolDownSeconds: 10 } as const;

/** How old the published keys may be that an instance verifies with or serves. A withdrawn key ends with the first figure. */
export const PUBLISHED_KEYS_AGE = { refreshAfterSeconds: 60, failAfterSeconds: 900, coolDownSeconds: 10 } as const;

/**
 * Gives the ring of an instance that signs. One that does not know what the caller has seen is read again, at most once in
 * the cool-down: after a withdrawal another instance may sign with a key that is seconds old (K4).
 * @throws LatchkeyError `temporarily_unavailable` before the first rotation
 */
export type KeyRingReader = (knows?: (ring: KeyRing) => boolean) => Promise<KeyRing>;

export const keyRingReader = (client: SecretsManagerClient, secretId: string, moment: MomentClock): KeyRingReader => {
  const { get, reload } = cachedRead(() => readKeyRing(client, secretId), { moment, ...KEY_RING_AGE });
  return async (knows = () => true) => {
    const ring = await get();
    return knows(ring) ? ring : reload();
  };
};

/** The published set as it is served. Throws `temporarily_unavailable` before the first rotation. */
export const publicJwkSource = (
  client: DynamoDBDocumentClient,
  keysTable: string,
  moment: MomentClock,
): CachedRead<readonly PublicJwk[]> =>
  cachedRead(() => readPublicJwks(client, keysTable), { moment, ...PUBLISHED_KEYS_AGE });

/** The published set, imported. Throws `temporarily_unavailable` before the first rotation. */
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
