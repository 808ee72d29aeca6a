import type { KeyId } from "../ids.ts";
import type { EpochSeconds } from "../time.ts";
import type { KeyGenerator } from "./generate-keys.ts";
import { accessKeyPolicy, type RotationSettings, refreshKeyPolicy } from "./key-policy.ts";
import { accessKeys, type EmptyKeyRing, isEmptyKeyRing, type KeyRing } from "./key-ring.ts";
import { advanceKeySet, newKeySet } from "./key-set.ts";
import { keyChanges } from "./key-states.ts";
import { type PublishedKey, type PublishedKeys, publicSince, toPublicJwk } from "./public-keys.ts";

/** `maintain` is the schedule's: what is due. `rotate` does not wait for the period, `withdraw` waits for nothing. */
export type RotationRequest =
  | { readonly action: "maintain" }
  | { readonly action: "rotate" }
  | { readonly action: "withdraw"; readonly kid: KeyId };

/** The keys as they were read, and when. */
export type KeySituation = {
  readonly ring: KeyRing | EmptyKeyRing;
  readonly published: PublishedKeys | undefined;
  readonly now: EpochSeconds;
};

/**
 * What to write, in this order: `publishFirst`, `ring`, `publishLast`. Every key of a ring is thus public before the ring
 * exists, and a run that dies between two writes leaves nothing but a public key too many.
 */
export type RotationPlan = {
  /** Undefined where it adds nothing to what is published. */
  readonly publishFirst: readonly PublishedKey[] | undefined;
  readonly ring: KeyRing;
  /** False where the ring is as it should be. */
  readonly replacesRing: boolean;
  /** Undefined where nothing published has become useless. */
  readonly publishLast: readonly PublishedKey[] | undefined;
};

/** A published key that the ring does not hold may be another run's, about to be written, until it is this old. */
const UNCLAIMED_KEY_SECONDS = 3600;

/** Decides what rotation has to write now. Applied to its own result it decides nothing. Pure but for `generate`. */
export const planRotation = (
  { ring, published, now }: KeySituation,
  request: RotationRequest,
  settings: RotationSettings,
  generate: KeyGenerator,
): RotationPlan => {
  const withdrawn = request.action === "withdraw" ? request.kid : undefined;
  const next = nextRing({ ring, published, now }, request, settings, generate);
  const keys = accessKeys(next);
  const before = published?.keys ?? [];
  const missing = keys.filter(({ kid }) => publicSince(published, kid) === undefined);
  const all = [...before, ...missing.map((key) => ({ publishedAt: now, jwk: toPublicJwk(key) }))];
  const useful = all.filter(
    ({ publishedAt, jwk }) =>
      keys.some(({ kid }) => kid === jwk.kid) || (jwk.kid !== withdrawn && now < publishedAt + UNCLAIMED_KEY_SECONDS),
  );
  return {
    publishFirst: missing.length > 0 ? all : undefined,
    ring: next,
    replacesRing: isEmptyKeyRing(ring) || keyChanges(ring, next).length > 0,
    publishLast: useful.length < all.length ? useful : undefined,
  };
};

const nextRing = (
  { ring, published, now }: KeySituation,
  request: RotationRequest,
  settings: RotationSettings,
  generate: KeyGenerator,
): KeyRing => {
  const accessKey = () => generate.accessKey(settings.algorithm, now);
  const refreshKey = () => generate.refreshKey(now);
  if (isEmptyKeyRing(ring)) return { ...ring, access: newKeySet(accessKey), refresh: newKeySet(refreshKey) };
  const step = {
    now,
    rotatesEarly: request.action === "rotate",
    withdrawn: request.action === "withdraw" ? request.kid : undefined,
  };
  const { access, refresh } = ring;
  return {
    ...ring,
    access: advanceKeySet(access, accessKeyPolicy(settings, published), { ...step, generate: accessKey }),
    refresh: advanceKeySet(refresh, refreshKeyPolicy(settings), { ...step, generate: refreshKey }),
  };
};
