import type { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { Clock } from "../time.ts";
import type { KeyGenerator } from "./generate-keys.ts";
import type { RotationSettings } from "./key-policy.ts";
import { type EmptyKeyRing, findKey, isEmptyKeyRing, type KeyRing } from "./key-ring.ts";
import { readStoredKeyRing, replaceKeyRing, type StoredKeyRing } from "./key-ring-store.ts";
import { type KeyChange, keyChanges } from "./key-states.ts";
import { readPublishedKeys, replacePublishedKeys } from "./public-key-store.ts";
import { type Publication, type PublishedKeys, publicSince } from "./public-keys.ts";
import { planRotation, type RotationRequest } from "./rotation.ts";

/** Where the keys are kept. A write that comes after another writer's changes nothing and says so. */
export type KeyStores = {
  readonly readRing: () => Promise<StoredKeyRing>;
  readonly replaceRing: (ring: KeyRing, versionId: string) => Promise<boolean>;
  readonly readPublished: () => Promise<PublishedKeys | undefined>;
  readonly replacePublished: (
    read: PublishedKeys | undefined,
    publication: Publication,
  ) => Promise<PublishedKeys | undefined>;
};

export const keyStores = (aws: {
  readonly secrets: SecretsManagerClient;
  readonly secretId: string;
  readonly dynamodb: DynamoDBDocumentClient;
  readonly keysTable: string;
}): KeyStores => ({
  readRing: () => readStoredKeyRing(aws.secrets, aws.secretId),
  replaceRing: (ring, versionId) => replaceKeyRing(aws.secrets, aws.secretId, { ring, versionId }),
  readPublished: () => readPublishedKeys(aws.dynamodb, aws.keysTable),
  replacePublished: (read, publication) => replacePublishedKeys(aws.dynamodb, aws.keysTable, { read, publication }),
});

export type RotationDependencies = {
  readonly stores: KeyStores;
  readonly settings: RotationSettings;
  readonly generate: KeyGenerator;
  readonly clock: Clock;
  /** Called as soon as the ring is written, so that a run that dies afterwards has said what it did. */
  readonly onChange: (change: KeyChange) => void;
};

/** The keys as a run left them. */
export type Keys = { readonly ring: KeyRing; readonly published: PublishedKeys | undefined };

/** Five runs at once lose four times at the most for each of three writes; whoever loses more often is not racing. */
const MAX_ATTEMPTS = 20;

/**
 * Brings the keys to where they should be now. It may be killed between any two writes, and run several times at once: each
 * write holds only on the state that was decided on, and whoever comes second reads and decides again.
 *
 * Undefined where a key is to be withdrawn that is nowhere.
 * @throws what the stores throw, and Error when it loses to other writers time and again
 */
export const rotateKeys = async (
  { stores, settings, generate, clock, onChange }: RotationDependencies,
  request: RotationRequest,
): Promise<Keys | undefined> => {
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    let published = await stores.readPublished();
    const { ring, versionId } = await stores.readRing();
    if (attempt === 1 && request.action === "withdraw" && !isAnywhere(request.kid, ring, published)) return undefined;

    const plan = planRotation({ ring, published, now: clock() }, request, settings, generate);
    if (plan.publishFirst !== undefined) {
      published = await stores.replacePublished(published, plan.publishFirst);
      if (published === undefined) continue;
    }
    if (plan.replacesRing) {
      if (!(await stores.replaceRing(plan.ring, versionId))) continue;
      keyChanges(isEmptyKeyRing(ring) ? undefined : ring, plan.ring).forEach(onChange);
    }
    if (plan.publishLast !== undefined) {
      published = await stores.replacePublished(published, plan.publishLast);
      if (published === undefined) continue;
    }
    return { ring: plan.ring, published };
  }
  throw new Error(`The keys changed under each of ${MAX_ATTEMPTS} attempts to rotate them`);
};

const isAnywhere = (kid: string, ring: KeyRing | EmptyKeyRing, published: PublishedKeys | undefined): boolean =>
  publicSince(published, kid) !== undefined || (!isEmptyKeyRing(ring) && findKey(ring, kid) !== undefined);
