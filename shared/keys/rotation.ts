import type { KeyId } from "../ids.ts";
import type { EpochSeconds } from "../time.ts";
import type { KeyGenerator } from "./generate-keys.ts";
import { accessKeyPolicy, type RotationSettings, refreshKeyPolicy } from "./key-policy.ts";
import { accessKeys, type EmptyKeyRing, isEmptyKeyRing, type KeyRing } from "./key-ring.ts";
import { advanceKeySet, newKeySet, type Step } from "./key-set.ts";
import { keyChanges } from "./key-states.ts";
import { type Publication, type PublishedKeys, publicSince, toPublicJwk } from "./public-keys.ts";

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
 * exists, and a run that dies between two writes leaves nothing but a public key too many. A withdrawal is on record with
 * the first write: if its run dies, or another run reads a ring that is late, the next one completes it.
 */
export type RotationPlan = {
  /** Undefined where it adds nothing to what is published. */
  readonly publishFirst: Publication | undefined;
  readonly ring: KeyRing;
  /** False where the ring is as it should be. */
  readonly replacesRing: boolean;
  /** Undefined where nothing published has become useless. */
  readonly publishLast: Publication | undefined;
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
  const withdrawn = withdrawnKids(published, request);
  const step = { now, withdrawn, rotatesEarly: request.action === "rotate" };
  const next = nextRing({ ring, published }, step, settings, generate);
  const keys = accessKeys(next);
  const before = published?.keys ?? [];
  const missing = keys.filter(({ kid }) => publicSince(published, kid) === undefined);
  const all = [...before, ...missing.map((key) => ({ publishedAt: now, jwk: toPublicJwk(key) }))];
  const useful = all.filter(
    ({ publishedAt, jwk }) =>
      keys.some(({ kid }) => kid === jwk.kid) ||
      (!withdrawn.includes(jwk.kid) && now < publishedAt + UNCLAIMED_KEY_SECONDS),
  );
  const isFirstNeeded = missing.length > 0 || withdrawn.length > (published?.withdrawn.length ?? 0);
  return {
    publishFirst: isFirstNeeded ? { keys: all, withdrawn } : undefined,
    ring: next,
    replacesRing: isEmptyKeyRing(ring) || keyChanges(ring, next).length > 0,
    publishLast: useful.length < all.length ? { keys: useful, withdrawn } : undefined,
  };
};

const withdrawnKids = (published: PublishedKeys | undefined, request: RotationRequest): KeyId[] => {
  const kids = new Set(published?.withdrawn);
  if (request.action === "withdraw") kids.add(request.kid);
  return [...kids];
};

const nextRing = (
  { ring, published }: Pick<KeySituation, "ring" | "published">,
  step: Omit<Step<unknown>, "generate">,
  settings: RotationSettings,
  generate: KeyGenerator,
): KeyRing => {
  const accessKey = () => generate.accessKey(settings.algorithm, step.now);
  const refreshKey = () => generate.refreshKey(step.now);
  if (isEmptyKeyRing(ring)) return { ...ring, access: newKeySet(accessKey), refresh: newKeySet(refreshKey) };
  const { access, refresh } = ring;
  return {
    ...ring,
    access: advanceKeySet(access, accessKeyPolicy(settings, published), { ...step, generate: accessKey }),
    refresh: advanceKeySet(refresh, refreshKeyPolicy(settings), { ...step, generate: refreshKey }),
  };
};
