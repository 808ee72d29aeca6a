import {
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  UpdateCommand,
  type UpdateCommandInput,
} from "@aws-sdk/lib-dynamodb";
import type { RevokedReason } from "../audit/audit.ts";
import { ifConditionHolds, isWritten, RETURNS_OLD_ROW, type Row, writeOnce } from "../aws/conditional-write.ts";
import { queryAll } from "../aws/query-all.ts";
import { inCleanUpTime } from "../deadline.ts";
import { LatchkeyError } from "../errors.ts";
import { type IdSource, randomIds, type UserId } from "../ids.ts";
import type { EpochSeconds } from "../time.ts";
import { revocationBucket } from "./revocations.ts";
import { isAlive, type Session } from "./session.ts";
import { fromRow, idleEndAttributes, LIVE_SESSIONS_INDEX, toRow } from "./session-row.ts";

/** The refresh token that a rotation puts in the present one's place, and what else that write sets. */
export type Successor = Pick<Session, "refreshJti" | "refreshKid" | "idleExpiresAt"> & {
  readonly idempotencyKeyHash: string | undefined;
  /** Only where the password was changed. */
  readonly renewed?: Pick<Session, "credentialVersion" | "authenticatedAt">;
};

/** The refresh token that a rotation replaces: it must be the session's current one. */
export type Replaced = SessionRef & Pick<Session, "refreshJti" | "transport">;

export type SessionRef = Pick<Session, "userId" | "sessionId">;

/** The sessions table. Every state change is one conditional write to one row; every read is strongly consistent. */
export type SessionStore = ReturnType<typeof createSessionStore>;

export const createSessionStore = (
  client: DynamoDBDocumentClient,
  sessionsTable: string,
  feedShards: number,
  ids: Pick<IdSource, "writeId"> = randomIds,
) => {
  const getRow = ({ userId, sessionId }: SessionRef) => ({ TableName: sessionsTable, Key: { userId, sessionId } });

  const update = (input: UpdateCommandInput) => ifConditionHolds(client.send(new UpdateCommand(input)));

  const readRow = async (key: SessionRef): Promise<Row | undefined> =>
    (await client.send(new GetCommand({ ...getRow(key), ConsistentRead: true }))).Item;

  return {
    /**
     * Writes a new session: one write. The SDK may repeat it after a lost answer: its own row does not stand in its way.
     * @throws LatchkeyError `temporarily_unavailable` if the session was ended before the repetition
     */
    create: async (session: Session): Promise<void> => {
      const created = await writeOnce(
        client.send(
          new PutCommand({
            TableName: sessionsTable,
            Item: toRow(session),
            // One that was ended in between stays ended.
            ConditionExpression:
              "attribute_not_exists(sessionId) OR (refreshJti = :own AND attribute_not_exists(revokedAt))",
            ExpressionAttributeValues: { ":own": session.refreshJti },
            ...RETURNS_OLD_ROW,
          }),
        ),
        (row) => row["refreshJti"] === session.refreshJti && row["revokedAt"] === undefined,
        () => readRow(session),
      );
      if (!isWritten(created)) throw new LatchkeyError("temporarily_unavailable", { retryAfterSeconds: 1 });
    },

    /** Reads a session: one read. */
    find: async (key: SessionRef): Promise<Session | undefined> => {
      const row = await readRow(key);
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
        // pages, but never on none.
        ScanIndexForward: true,
      });
      const newest = new Map(rows.map(fromRow).map((session) => [session.sessionId, session]));
      return [...newest.values()].filter((session) => isAlive(session, now));
    },

    /**
     * Puts `successor` in the replaced token's place: one write, under the condition that `evaluateRefresh` calls `current`.
     * @returns the session as it is now, or undefined if the condition did not hold
     */
    rotate: async (replaced: Replaced, successor: Successor, now: EpochSeconds): Promise<Session | undefined> => {
      const { refreshJti, refreshKid, idleExpiresAt, idempotencyKeyHash, renewed } = successor;
      const values = {
        ...{ refreshJti, refreshKid, refreshIssuedAt: now, ...idleEndAttributes(idleExpiresAt) },
        ...(idempotencyKeyHash === undefined ? {} : { idempotencyKeyHash }),
        ...(renewed === undefined ? {} : { ...renewed, replayRequiresIdempotencyKey: true }),
      };
      // What vouched for the parent's parent vouches for nothing now.
      const outdated = ["idempotencyKeyHash", "replayRequiresIdempotencyKey", "responseUnknown"].filter(
        (name) => !(name in values),
      );
      const set = ["previousJti = refreshJti", "generation = generation + :one", ...assignments(values)];
      const update = new UpdateCommand({
        ...getRow(replaced),
        ConditionExpression: [...ALIVE, "refreshJti = :presentedJti", "transport = :presentedTransport"].join(" AND "),
        UpdateExpression: `SET ${set.join(", ")} REMOVE ${outdated.join(", ")}`,
        ExpressionAttributeValues: {
          ...placeholders(values),
          ":now": now,
          ":one": 1,
          ":presentedJti": replaced.refreshJti,
          ":presentedTransport": replaced.transport,
        },
        ReturnValues: "ALL_NEW",
        ...RETURNS_OLD_ROW,
      });
      const rotated = await writeOnce(
        client.send(update),
        (row) => row["refreshJti"] === refreshJti && row["revokedAt"] === undefined,
      );
      if (rotated.outcome === "rejected") return undefined;
      return fromRow(rotated.outcome === "written" ? rotated.attributes : rotated.row);
    },

    /**
     * Notes that nobody was answered with the token that this rotation made, if it was made: one write. Its parent is
     * then presented again without being a theft, for as long as the token is unused.
     */
    markResponseUnknown: async (key: SessionRef, { refreshJti }: Pick<Successor, "refreshJti">): Promise<void> => {
      const mark: UpdateCommandInput = {
        ...getRow(key),
        ConditionExpression: "refreshJti = :refreshJti AND attribute_not_exists(revokedAt)",
        UpdateExpression: "SET responseUnknown = :responseUnknown",
        ExpressionAttributeValues: { ":refreshJti": refreshJti, ":responseUnknown": true },
      };
      await inCleanUpTime(() => update(mark));
    },

    /**
     * Revokes a session for good, puts it into the revocation feed and removes it from `LiveSessions`: one write, and one read if
     * the write failed. Of any number of calls for one session exactly one returns true, also if the SDK repeated its write
     * (`writeOnce`).
     *
     * @param transport revokes the session only if the session has this transport. @default any
     * @returns whether this call revoked the session; false if it was revoked before, never existed, or has another transport
     * @throws the SDK's error of the write: then the session may be revoked or not
     */
    revoke: async (
      key: SessionRef,
      reason: RevokedReason,
      now: EpochSeconds,
      transport?: Session["transport"],
    ): Promise<boolean> => {
      const values = {
        revokedAt: now,
        revokedReason: reason,
        revocationId: ids.writeId(),
        feedBucket: revocationBucket(key.sessionId, now, feedShards),
      };
      const revoked = await writeOnce(
        client.send(
          new UpdateCommand({
            ...getRow(key),
            ConditionExpression: [
              "attribute_exists(sessionId) AND attribute_not_exists(revokedAt)",
              ...(transport === undefined ? [] : ["transport = :transport"]),
            ].join(" AND "),
            UpdateExpression: `SET ${assignments(values).join(", ")} REMOVE liveUntil`,
            ExpressionAttributeValues: placeholders({ ...values, ...(transport === undefined ? {} : { transport }) }),
            ...RETURNS_OLD_ROW,
          }),
        ),
        (row) => row["revocationId"] === values.revocationId,
        () => readRow(key),
      );
      return isWritten(revoked);
    },
  };
};

/** `isAlive`, said to DynamoDB. An attribute that does not exist fails the comparison, and so does a missing row. */
const ALIVE = ["attribute_not_exists(revokedAt)", "idleExpiresAt > :now", "absoluteExpiresAt > :now"];

const assignments = (values: Record<string, unknown>): readonly string[] =>
  Object.keys(values).map((name) => `${name} = :${name}`);

const placeholders = (values: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [`:${name}`, value]));
