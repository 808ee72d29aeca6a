import { GetSecretValueCommand, type SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { LatchkeyError } from "../errors.ts";
import { type EmptyKeyRing, isEmptyKeyRing, type KeyRing, parseKeyRing } from "./key-ring.ts";

/** The ring, and the version of the secret it was read from: what a conditional write names. */
export type StoredKeyRing = { readonly ring: KeyRing | EmptyKeyRing; readonly versionId: string };

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
