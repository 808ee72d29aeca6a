import { addSeconds, type EpochSeconds } from "../time.ts";
import type { AccessKey, RefreshKey, SigningAlgorithm } from "./key-ring.ts";
import { KEY_RING_AGE, PUBLISHED_KEYS_AGE } from "./key-sources.ts";
import { type PublishedKeys, publicSince } from "./public-keys.ts";

/** The settings of the rotation. All of them come from the deployment of the stack. */
export type RotationSettings = {
  /**
   * The algorithm of new access keys. If `current` has another algorithm, its successor does not wait for the rotation period.
   */
  readonly algorithm: SigningAlgorithm;
  /** How long a key signs, in seconds. */
  readonly rotationPeriodSeconds: number;
  /** How long a verifier may use a copy of the published keys, HTTP caches included. */
  readonly verifierCacheSeconds: number;
  readonly accessTokenSeconds: number;
  readonly refreshTokenSeconds: number;
  readonly absoluteSessionSeconds: number;
  readonly clockToleranceSeconds: number;
};

/** The times at which keys of one use become known and are removed. */
export type KeyPolicy<Key> = {
  readonly periodSeconds: number;
  /** Whether the key has the algorithm of the present settings. */
  readonly fits: (key: Key) => boolean;
  /** The time from which every reader knows the key; undefined while the key is not published. */
  readonly knownFrom: (key: Key) => EpochSeconds | undefined;
  /** How long a retired key is kept: until its last token has expired everywhere. */
  readonly keepSeconds: number;
};

/**
 * The longest time from the moment a run reads the clock to its last write. The time-out of the function must not be longer.
 * All times of a run are the time at which it began.
 */
export const MAX_RUN_SECONDS = 60;

/** If Secrets Manager cannot be read, an execution environment uses an old ring for this long after the run that replaced it. */
const RING_LAG_SECONDS = KEY_RING_AGE.failAfterSeconds + MAX_RUN_SECONDS;

/**
 * Access keys: a verifier may hold an old copy, and the execution environment that served the copy may have held an old one too
 * (K2).
 */
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

/** Refresh keys: functions read them only from the ring. A refresh token lives at most as long as its session. */
export const refreshKeyPolicy = (settings: RotationSettings): KeyPolicy<RefreshKey> => ({
  periodSeconds: settings.rotationPeriodSeconds,
  fits: () => true,
  knownFrom: ({ createdAt }) => addSeconds(createdAt, RING_LAG_SECONDS),
  keepSeconds:
    RING_LAG_SECONDS +
    Math.min(settings.refreshTokenSeconds, settings.absoluteSessionSeconds) +
    settings.clockToleranceSeconds,
});

/** A secret holds 64 KB. An RSA key takes 1.7 KB and a refresh key 0.15 KB. */
const MAX_RETIRED_REFRESH_KEYS = 200;

/**
 * Checks that the ring fits into the secret.
 * @throws Error if keys retire so fast that their number exceeds the limit of the secret
 */
export const assertRingStaysSmall = (settings: RotationSettings): void => {
  const retired = Math.ceil(refreshKeyPolicy(settings).keepSeconds / settings.rotationPeriodSeconds);
  if (retired <= MAX_RETIRED_REFRESH_KEYS) return;
  throw new Error(
    `With a rotation period of ${settings.rotationPeriodSeconds} s the ring would hold ${retired} refresh keys; it has room for ${MAX_RETIRED_REFRESH_KEYS}`,
  );
};
