import { type DynamoDBDocumentClient, GetCommand, PutCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import type { RevokedReason } from "../audit/audit.ts";
import { isWritten, RETURNS_OLD_ROW, type Row, writeOnce } from "../aws/conditional-write.ts";
import { queryAll } from "../aws/query-all.ts";
import { LIVE_SESSIONS_INDEX } from "../contract/indexes.ts";
import { LatchkeyError } from "../errors.ts";
import { type IdSource, randomIds, type UserId } from "../ids.ts";
import type { EpochSeconds } from "../time.ts";
import { createRotationStore } from "./rotation-store.ts";
import { isAlive, type Session, type SessionRef } from "./session.ts";
import {
  allOf,
  anyOf,
  assignments,
  feedEntry,
  IS_NOT_REVOKED,
  placeholders,
  SESSION_EXISTS,
} from "./session-expressions.ts";
import { fromRow, toRow } from "./session-row.ts";

/** The Sessions table. Every state change is one conditional write to one row; every read is strongly consistent. */
export type SessionStore = ReturnType<typeof createSessionStore>;

/** The condition of a creation: there is no row, or an earlier try of the same write has made the row. */
const MAY_CREATE = anyOf("attribute_not_exists(sessionId)", allOf("refreshJti = :ownJti", IS_NOT_REVOKED));

const MAY_REVOKE = allOf(SESSION_EXISTS, IS_NOT_REVOKED);

const MAY_REVOKE_WITH_TRANSPORT = allOf(MAY_REVOKE, "transport = :transport");

/**
 * Creates the store of sessions on a DynamoDB table. No I/O.
 *
 * @param feedShards the number of partitions of the revocation feed for each day
 * @param ids gives each revocation an id, by which a repeat of its write is recognized. @default random ids
 * @example createSessionStore(createDocumentClient(), "Sessions", 1)
 */
export const createSessionStore = (
  client: DynamoDBDocumentClient,
  sessionsTable: string,
  feedShards: number,
  ids: Pick<IdSource, "writeId"> = randomIds,
) => {
  const toRowKey = ({ userId, sessionId }: SessionRef) => ({ TableName: sessionsTable, Key: { userId, sessionId } });

  const readRow = async (session: SessionRef): Promise<Row | undefined> =>
    (await client.send(new GetCommand({ ...toRowKey(session), ConsistentRead: true }))).Item;

  return {
    ...createRotationStore(client, sessionsTable, feedShards),

    /**
     * Writes a new session: one write, and one read if the write failed. The SDK may repeat the write after a lost response. The
     * row of the first try does not reject the repeat.
     *
     * @throws LatchkeyError `temporarily_unavailable` if the session was revoked before the repeat; the SDK's error of the write:
     * the session may then be stored or not
     */
    create: async (session: Session): Promise<void> => {
      const created = await writeOnce(
        client.send(
          new PutCommand({
            TableName: sessionsTable,
            Item: toRow(session),
            ConditionExpression: MAY_CREATE,
            ExpressionAttributeValues: { ":ownJti": session.refreshJti },
            ...RETURNS_OLD_ROW,
          }),
        ),
        (row) => row["refreshJti"] === session.refreshJti && row["revokedAt"] === undefined,
        () => readRow(session),
      );
      if (!isWritten(created)) throw new LatchkeyError("temporarily_unavailable", { retryAfterSeconds: 1 });
    },

    /**
     * Reads a session: one strongly consistent read.
     *
     * @returns undefined if there is no row
     * @throws the SDK's error of the read; ZodError for a row that this service did not write
     */
    find: async (session: SessionRef): Promise<Session | undefined> => {
      const row = await readRow(session);
      return row === undefined ? undefined : fromRow(row);
    },

    /**
     * Lists the sessions of a user that are open at `now`, each once. One query of the index `LiveSessions` for each megabyte
     * of open sessions. Rows of sessions that were revoked or have expired are not read, however many there are.
     *
     * @throws the SDK's error of a page that failed; ZodError for a row that this service did not write
     */
    listLive: async (userId: UserId, now: EpochSeconds): Promise<readonly Session[]> => {
      const rows = await queryAll(client, {
        TableName: sessionsTable,
        IndexName: LIVE_SESSIONS_INDEX,
        KeyConditionExpression: "userId = :userId AND liveUntil > :now",
        ExpressionAttributeValues: { ":userId": userId, ":now": now },
        ConsistentRead: true,
        // A rotation moves a session towards the end of the index. A query from the beginning may read the session on two
        // pages, but never misses the session.
        ScanIndexForward: true,
      });
      const newest = new Map(rows.map(fromRow).map((session) => [session.sessionId, session]));
      return [...newest.values()].filter((session) => isAlive(session, now));
    },

    /**
     * Revokes a session for good, puts it into the revocation feed and removes it from `LiveSessions`: one write, and one read if
     * the write failed. Of any number of calls for one session exactly one returns true, also if the SDK repeated its write
     * (`writeOnce`).
     *
     * @param transport revokes the session only if the session has this transport. @default any transport
     * @returns whether this call revoked the session; false if it was revoked before, never existed, or has another transport
     * @throws the SDK's error of the write: the session may then be revoked or not
     */
    revoke: async (
      session: SessionRef,
      reason: RevokedReason,
      now: EpochSeconds,
      transport?: Session["transport"],
    ): Promise<boolean> => {
      const values = {
        revokedAt: now,
        revokedReason: reason,
        revocationId: ids.writeId(),
        ...feedEntry(session, now, feedShards),
      };
      const revoked = await writeOnce(
        client.send(
          new UpdateCommand({
            ...toRowKey(session),
            ConditionExpression: transport === undefined ? MAY_REVOKE : MAY_REVOKE_WITH_TRANSPORT,
            UpdateExpression: `SET ${assignments(values).join(", ")} REMOVE liveUntil`,
            ExpressionAttributeValues: placeholders({ ...values, ...(transport === undefined ? {} : { transport }) }),
            ...RETURNS_OLD_ROW,
          }),
        ),
        (row) => row["revocationId"] === values.revocationId,
        () => readRow(session),
      );
      return isWritten(revoked);
    },
  };
};
