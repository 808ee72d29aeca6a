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

/** The ring, and the version of the secret that it was read from. A conditional write names this version. */
export type StoredKeyRing = { readonly ring: KeyRing | EmptyKeyRing; readonly versionId: string };

/** The label of a version that is stored but is not the ring yet. `AWSPENDING` belongs to the rotation of Secrets Manager. */
const STAGED = "LATCHKEY_STAGED";

/**
 * Reads the ring with its version: one call.
 * @throws the SDK's error, or Error if the secret has no text or is malformed. Neither error shows a value of the secret
 */
export const readStoredKeyRing = async (client: SecretsManagerClient, secretId: string): Promise<StoredKeyRing> => {
  const { SecretString, VersionId } = await client.send(new GetSecretValueCommand({ SecretId: secretId }));
  if (SecretString === undefined || VersionId === undefined) throw new Error("The key ring's secret has no text");
  return { ring: parseKeyRing(SecretString), versionId: VersionId };
};

/**
 * Reads the ring: one call.
 * @throws LatchkeyError `temporarily_unavailable` before the first rotation, and the errors of `readStoredKeyRing`
 */
export const readKeyRing = async (client: SecretsManagerClient, secretId: string): Promise<KeyRing> => {
  const { ring } = await readStoredKeyRing(client, secretId);
  if (isEmptyKeyRing(ring)) throw new LatchkeyError("temporarily_unavailable", { retryAfterSeconds: 5 });
  return ring;
};

/**
 * Replaces the ring, if `versionId` is still its version: two calls, and one more if the second was rejected.
 *
 * Secrets Manager has no conditional put. But `UpdateSecretVersionStage` rejects the removal of a label from a version that
 * does not have the label. So the new ring is stored beside the old ring, and then becomes current by naming the version that
 * it replaces.
 *
 * @returns false if another writer was first
 * @throws the SDK's error. The ring may then be replaced or not
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
    // `InvalidParameterException`: the label `AWSCURRENT` is not on `versionId`. If the response to a first try was lost, the label is
    // on the new version. If another writer has replaced the new version since, the new version has the label `AWSPREVIOUS`. If all
    // responses were lost, the label may have moved too, and no other run would record the change.
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
