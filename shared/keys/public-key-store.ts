import { type DynamoDBDocumentClient, GetCommand } from "@aws-sdk/lib-dynamodb";
import { type PublishedKeys, parsePublishedKeys } from "./public-keys.ts";

/** The one item of the Keys table. */
export const PUBLISHED_KEYS_ROW = { pk: "PUBLIC_KEYS" } as const;

/** Reads the published keys: one strongly consistent read. Undefined before the first rotation has published any. */
export const readPublishedKeys = async (
  client: DynamoDBDocumentClient,
  keysTable: string,
): Promise<PublishedKeys | undefined> => {
  const { Item } = await client.send(
    new GetCommand({ TableName: keysTable, Key: PUBLISHED_KEYS_ROW, ConsistentRead: true }),
  );
  return Item === undefined ? undefined : parsePublishedKeys(Item);
};
