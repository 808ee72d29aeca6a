import type { KeyId } from "../ids.ts";
import type { EpochSeconds } from "../time.ts";
import type { KeyGenerator } from "./generate-keys.ts";
import { accessKeyPolicy, type RotationSettings, refreshKeyPolicy } from "./key-policy.ts";
import { accessKeys, type EmptyKeyRing, isEmptyKeyRing, type KeyRing } from "./key-ring.ts";
import { advanceKeySet, newKeySet, type Step } from "./key-set.ts";
import { keyChanges } from "./key-states.ts";
import { type Publication, type PublishedKeys, publicSince, toPublicJwk } from "./public-keys.ts";

/**
 * What a run is asked to do. `maintain` is the request of the schedule: do what is due. `rotate` does not wait for the rotation
 * period. `withdraw` removes a key at once.
 */
export type RotationRequest =
  | { readonly action: "maintain" }
  | { readonly action: "rotate" }
  | { readonly action: "withdraw"; readonly kid: KeyId };

/** The keys as a run read them, and the time of the run. */
export type KeySituation = {
  readonly ring: KeyRing | EmptyKeyRing;
  readonly published: PublishedKeys | undefined;
  readonly now: EpochSeconds;
};

/**
 * The writes of a run, in this order: `publishFirst`, `ring`, `publishLast`. So every key of a ring is public before the ring
 * exists, and a run that is killed between two writes leaves only one public key too many. The first write also records a
 * withdrawal. If the run is killed after that, or another run reads an old ring, the next run completes the withdrawal.
 */
export type RotationPlan = {
  /** Undefined if the published keys need no addition. */
  readonly publishFirst: Publication | undefined;
  readonly ring: KeyRing;
  /** False if the stored ring is already the right one. */
  readonly replacesRing: boolean;
  /** Undefined if every published key is still needed. */
  readonly publishLast: Publication | undefined;
};

/** Until this age, a published key that is not in the ring may belong to a parallel run that has not written its ring yet. */
const UNCLAIMED_KEY_SECONDS = 3600;

/**
 * Computes the writes that are due. Idempotent: for its own result it computes no write. Pure, except that it calls `generate`.
 */
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
