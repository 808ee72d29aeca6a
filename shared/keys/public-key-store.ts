import { isDeepStrictEqual } from "node:util";
import { type DynamoDBDocumentClient, GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import { isWritten, RETURNS_OLD_ROW, writeOnce } from "../aws/conditional-write.ts";
import { type Publication, type PublishedKeys, parsePublishedKeys } from "./public-keys.ts";

/** The key of the one row in the Keys table. */
export const PUBLISHED_KEYS_ROW = { pk: "PUBLIC_KEYS" } as const;

/**
 * Reads the published keys: one strongly consistent read.
 * @returns undefined before the first rotation
 * @throws ZodError if the row is malformed
 */
export const readPublishedKeys = async (
  client: DynamoDBDocumentClient,
  keysTable: string,
): Promise<PublishedKeys | undefined> => {
  const { Item } = await client.send(
    new GetCommand({ TableName: keysTable, Key: PUBLISHED_KEYS_ROW, ConsistentRead: true }),
  );
  return Item === undefined ? undefined : parsePublishedKeys(Item);
};

/**
 * Replaces the published keys, if `read` is still the published state: one write. If the row already equals the new state, an
 * earlier try of this write took effect.
 *
 * @returns the new state, or undefined if another writer was first
 */
export const replacePublishedKeys = async (
  client: DynamoDBDocumentClient,
  keysTable: string,
  { read, publication }: { readonly read: PublishedKeys | undefined; readonly publication: Publication },
): Promise<PublishedKeys | undefined> => {
  const next = { ...publication, revision: (read?.revision ?? 0) + 1 };
  const isUnchanged =
    read === undefined
      ? { ConditionExpression: "attribute_not_exists(pk)" }
      : { ConditionExpression: "revision = :read", ExpressionAttributeValues: { ":read": read.revision } };
  const item = { ...PUBLISHED_KEYS_ROW, ...next };
  const written = await writeOnce(
    client.send(new PutCommand({ TableName: keysTable, Item: item, ...isUnchanged, ...RETURNS_OLD_ROW })),
    (row) => isDeepStrictEqual(row, item),
  );
  return isWritten(written) ? next : undefined;
};
