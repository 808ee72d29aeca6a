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

/**
 * The storage of the keys. A write is accepted only if the state that it replaces is still the stored one. `replaceRing` returns
 * false, and `replacePublished` returns undefined, if another writer was first.
 */
export type KeyStores = {
  readonly readRing: () => Promise<StoredKeyRing>;
  readonly replaceRing: (ring: KeyRing, versionId: string) => Promise<boolean>;
  readonly readPublished: () => Promise<PublishedKeys | undefined>;
  readonly replacePublished: (
    read: PublishedKeys | undefined,
    publication: Publication,
  ) => Promise<PublishedKeys | undefined>;
};

/** Creates the storage of the keys: the ring in Secrets Manager, the published keys in the Keys table. */
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

/** What `rotateKeys` needs. */
export type RotationDependencies = {
  readonly stores: KeyStores;
  readonly settings: RotationSettings;
  readonly generate: KeyGenerator;
  readonly clock: Clock;
  /** Called as soon as the ring is written, so that the change is on record even if the run is killed afterwards. */
  readonly onChange: (change: KeyChange) => void;
};

/** The keys after a run. */
export type Keys = { readonly ring: KeyRing; readonly published: PublishedKeys | undefined };

/**
 * Of five parallel runs, one loses at most four times for each of three writes. A run that loses more often has another problem.
 */
const MAX_ATTEMPTS = 20;

/**
 * Makes all changes of the keys that are due. The run may be killed between any two writes, and several runs may work at once:
 * a write is accepted only on the state that the run decided on, and a run that loses reads again and decides again. Two reads
 * and at most three writes, if no other run interferes.
 *
 * @returns the keys after the run, or undefined if the key to withdraw exists nowhere
 * @throws the errors of the stores; Error if the run loses to other writers `MAX_ATTEMPTS` times
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
