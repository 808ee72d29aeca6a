import type { KeyId } from "../../../shared/ids.ts";
import { type KeyGenerator, keyGenerator } from "../../../shared/keys/generate-keys.ts";
import type { RotationSettings } from "../../../shared/keys/key-policy.ts";
import {
  type AccessKey,
  accessKeys,
  type EmptyKeyRing,
  type KeyRing,
  type SigningAlgorithm,
} from "../../../shared/keys/key-ring.ts";
import { type PublishedKeys, publicSince } from "../../../shared/keys/public-keys.ts";
import { type KeyStores, type RotationDependencies, rotateKeys } from "../../../shared/keys/rotate-keys.ts";
import type { RotationRequest } from "../../../shared/keys/rotation.ts";
import { aClock } from "../../support/time.ts";

export const HOUR = 3600;
export const DAY = 86_400;
export const ROOT_SECRET = "p".repeat(64);

/** The settings of the stack by default. */
export const settings = (changes: Partial<RotationSettings> = {}): RotationSettings => ({
  algorithm: "RS256",
  rotationPeriodSeconds: 30 * DAY,
  verifierCacheSeconds: 2 * HOUR,
  accessTokenSeconds: 900,
  refreshTokenSeconds: 7 * DAY,
  absoluteSessionSeconds: 30 * DAY,
  clockToleranceSeconds: 5,
  ...changes,
});

const reusedKeys = new Map<SigningAlgorithm, AccessKey>();

/**
 * Generates keys that are named in the order of their creation: `k1`, `k2`, … All keys of one algorithm share a key pair, which is
 * fast. For tests that do not sign.
 */
export const cheapKeys = (): KeyGenerator => {
  let made = 0;
  const next = () => `k${++made}` as KeyId;
  return {
    ...keyGenerator({ keyId: next }),
    accessKey: (alg, now) => {
      const kid = next();
      const reused = reusedKeys.get(alg) ?? keyGenerator({ keyId: () => kid }).accessKey(alg, now);
      reusedKeys.set(alg, reused);
      return { ...reused, kid, createdAt: now };
    },
  };
};

/** Creates stores in memory. As in the real stores, a state that was read can be replaced once. */
export const memoryStores = (): KeyStores & {
  readonly state: () => { readonly ring: KeyRing | EmptyKeyRing; readonly published: PublishedKeys | undefined };
} => {
  let ring: KeyRing | EmptyKeyRing = { rootSecret: ROOT_SECRET };
  let version = 1;
  let published: PublishedKeys | undefined;
  return {
    state: () => ({ ring, published }),
    readRing: async () => ({ ring, versionId: String(version) }),
    replaceRing: async (next, versionId) => {
      if (versionId !== String(version)) return false;
      ring = next;
      version++;
      return true;
    },
    readPublished: async () => published,
    replacePublished: async (read, publication) => {
      if (read?.revision !== published?.revision) return undefined;
      published = { ...publication, revision: (read?.revision ?? 0) + 1 };
      return published;
    },
  };
};

/** Creates the keys of a service whose clock and rotations the test controls. */
export const keyScene = (changes: Partial<RotationDependencies> = {}) => {
  const stores = memoryStores();
  const clock = aClock();
  const dependencies: RotationDependencies = {
    stores,
    settings: settings(),
    generate: cheapKeys(),
    clock: clock.now,
    onChange: () => {},
    ...changes,
  };
  const run = (request: RotationRequest = { action: "maintain" }, other: Partial<RotationDependencies> = {}) =>
    rotateKeys({ ...dependencies, ...other }, request);
  return {
    stores,
    clock,
    run,
    dependencies,
    ring: () => fullRing(stores.state().ring),
    published: () => stores.state().published,
  };
};

export const fullRing = (ring: KeyRing | EmptyKeyRing): KeyRing => {
  if (ring.access === undefined) throw new Error("The ring is empty");
  return ring;
};

/** Lists the keys of a ring that nobody could verify. K3 requires that there are none. */
export const unpublishedKids = (
  ring: KeyRing | EmptyKeyRing,
  published: PublishedKeys | undefined,
): readonly string[] =>
  ring.access === undefined
    ? []
    : accessKeys(ring)
        .map(({ kid }) => kid)
        .filter((kid) => publicSince(published, kid) === undefined);

export const toKids = (ring: KeyRing, use: "access" | "refresh" = "access") => ({
  current: ring[use].current.kid,
  next: ring[use].next.map(({ kid }) => kid),
  previous: ring[use].previous.map(({ kid }) => kid),
});
