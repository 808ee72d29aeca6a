import { addSeconds, type EpochSeconds } from "../time.ts";
import type { AccessKey, RefreshKey, SigningAlgorithm } from "./key-ring.ts";
import { KEY_RING_AGE, PUBLISHED_KEYS_AGE } from "./key-sources.ts";
import { type PublishedKeys, publicSince } from "./public-keys.ts";

/** What rotation depends on; all of it is set when the stack is deployed. */
export type RotationSettings = {
  /** What new access keys are made for. Where `current` is of another algorithm, its successor does not wait for its period. */
  readonly algorithm: SigningAlgorithm;
  /** How long a key signs. */
  readonly rotationPeriodSeconds: number;
  /** How long a verifier may keep a copy of the published keys, HTTP caches on the way included. */
  readonly verifierCacheSeconds: number;
  readonly accessTokenSeconds: number;
  readonly refreshTokenSeconds: number;
  readonly absoluteSessionSeconds: number;
  readonly clockToleranceSeconds: number;
};

/** When keys of one use come and go. */
export type KeyPolicy<Key> = {
  readonly periodSeconds: number;
  /** Whether the key is of the kind that is asked for today. */
  readonly fits: (key: Key) => boolean;
  /** When all who must know the key before it signs do; undefined while nobody does. */
  readonly knownFrom: (key: Key) => EpochSeconds | undefined;
  /** How long a retired key is kept: until the last token it signed has expired for everybody. */
  readonly keepSeconds: number;
};

/**
 * What one run may take between looking at the clock and its last write: the function's timeout must not be longer. A key
 * counts as published, in the ring or retired from the moment the run began.
 */
export const MAX_RUN_SECONDS = 60;

/** An instance that cannot read the ring works with an old one for so long after a run began that replaced it. */
const RING_LAG_SECONDS = KEY_RING_AGE.failAfterSeconds + MAX_RUN_SECONDS;

/** K2: verifiers keep what they read, and the instance they read it from may itself hold an old copy. */
export const accessKeyPolicy = (
  settings: RotationSettings,
  published: PublishedKeys | undefined,
): KeyPolicy<AccessKey> => ({
  periodSeconds: settings.rotationPeriodSeconds,
  fits: ({ alg }) => alg === settings.algorithm,
  knownFrom: ({ kid }) => {
    const publishedAt = publicSince(published, kid);
    if (publishedAt === undefined) return undefined;
    return addSeconds(
      publishedAt,
      settings.verifierCacheSeconds + PUBLISHED_KEYS_AGE.failAfterSeconds + MAX_RUN_SECONDS,
    );
  },
  keepSeconds: RING_LAG_SECONDS + settings.accessTokenSeconds + settings.clockToleranceSeconds,
});

/** Refresh keys are read from the ring alone. A refresh token outlives neither its own life nor the session. */
export const refreshKeyPolicy = (settings: RotationSettings): KeyPolicy<RefreshKey> => ({
  periodSeconds: settings.rotationPeriodSeconds,
  fits: () => true,
  knownFrom: ({ createdAt }) => addSeconds(createdAt, RING_LAG_SECONDS),
  keepSeconds:
    RING_LAG_SECONDS +
    Math.min(settings.refreshTokenSeconds, settings.absoluteSessionSeconds) +
    settings.clockToleranceSeconds,
});

/** The secret holds 64 KB: 1.7 KB an RSA key, 0.15 KB a refresh key. */
const MAX_RETIRED_REFRESH_KEYS = 200;

/** @throws Error where keys would retire so much faster than their tokens expire that the secret fills up */
export const assertRingStaysSmall = (settings: RotationSettings): void => {
  const retired = Math.ceil(refreshKeyPolicy(settings).keepSeconds / settings.rotationPeriodSeconds);
  if (retired <= MAX_RETIRED_REFRESH_KEYS) return;
  throw new Error(
    `With a rotation period of ${settings.rotationPeriodSeconds} s the ring would hold ${retired} refresh keys; it has room for ${MAX_RETIRED_REFRESH_KEYS}`,
  );
};
