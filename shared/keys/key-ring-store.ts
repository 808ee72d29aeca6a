import { randomUUID } from "node:crypto";
import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  type SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from "@aws-sdk/client-secrets-manager";
import { isTemporary } from "../aws/errors.ts";
import { LatchkeyError } from "../errors.ts";
import { type EmptyKeyRing, isEmptyKeyRing, type KeyRing, parseKeyRing } from "./key-ring.ts";

/** The ring, and the version of the secret it was read from: what a conditional write names. */
export type StoredKeyRing = { readonly ring: KeyRing | EmptyKeyRing; readonly versionId: string };

/** The label of a version that is written but not yet the ring. AWSPENDING is Secrets Manager's own rotation's. */
const STAGED = "LATCHKEY_STAGED";

/** @throws the SDK's error, or Error when the secret has no text or is malformed; neither shows a value */
export const readStoredKeyRing = async (client: SecretsManagerClient, secretId: string): Promise<StoredKeyRing> => {
  const { SecretString, VersionId } = await client.send(new GetSecretValueCommand({ SecretId: secretId }));
  if (SecretString === undefined || VersionId === undefined) throw new Error("The key ring's secret holds no text");
  return { ring: parseKeyRing(SecretString), versionId: VersionId };
};

/** The ring to sign and verify with. @throws LatchkeyError `temporarily_unavailable` before the first rotation */
export const readKeyRing = async (client: SecretsManagerClient, secretId: string): Promise<KeyRing> => {
  const { ring } = await readStoredKeyRing(client, secretId);
  if (isEmptyKeyRing(ring)) throw new LatchkeyError("temporarily_unavailable", { retryAfterSeconds: 5 });
  return ring;
};

/**
 * Replaces the ring, if `versionId` is still its version; false where another writer came first.
 *
 * Secrets Manager has no conditional put. But moving a staging label off a version that does not carry it is refused, so
 * the new version is first stored beside the ring and then made current by naming the version it replaces.
 */
export const replaceKeyRing = async (
  client: SecretsManagerClient,
  secretId: string,
  { ring, versionId }: { readonly ring: KeyRing; readonly versionId: string },
): Promise<boolean> => {
  const staged = randomUUID();
  await client.send(
    new PutSecretValueCommand({
      SecretId: secretId,
      SecretString: JSON.stringify(ring),
      ClientRequestToken: staged,
      VersionStages: [STAGED],
    }),
  );
  try {
    await client.send(
      new UpdateSecretVersionStageCommand({
        SecretId: secretId,
        VersionStage: "AWSCURRENT",
        RemoveFromVersionId: versionId,
        MoveToVersionId: staged,
      }),
    );
    return true;
  } catch (error) {
    // `InvalidParameterException`: the label is elsewhere. If the response to a first try was lost, the label is on this version,
    // or another writer has replaced this version since: then this version is the previous one. If all responses were lost,
    // the label may have moved too, and nobody else would record the change.
    const isElsewhere = error instanceof Error && error.name === "InvalidParameterException";
    if (!isElsewhere && !isTemporary(error)) throw error;
    const finding = client.send(new GetSecretValueCommand({ SecretId: secretId, VersionId: staged }));
    const { VersionStages } = await finding.catch((unread: unknown) => {
      throw isElsewhere ? unread : error;
    });
    if (VersionStages?.some((stage) => stage === "AWSCURRENT" || stage === "AWSPREVIOUS")) return true;
    if (isElsewhere) return false;
    throw error;
  }
};
