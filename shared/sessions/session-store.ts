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
import { LIVE_SESSIONS_INDEX } from "../contract/indexes.ts";
import { inCleanUpTime } from "../deadline.ts";
import { LatchkeyError } from "../errors.ts";
import { type IdSource, randomIds, type TokenId, type UserId } from "../ids.ts";
import type { EpochSeconds } from "../time.ts";
import { revocationBucket } from "./revocations.ts";
import { isAlive, type Session } from "./session.ts";
import { fromRow, idleEndAttributes, toRow } from "./session-row.ts";

/** The refresh token that a rotation puts in the present one's place, and what else that write sets. */
export type Successor = Pick<Session, "refreshJti" | "refreshKid" | "idleExpiresAt"> & {
  readonly idempotencyKeyHash: string | undefined;
  /** Only where the password was changed. `overtaken`: what the change adds to `overtakenJtis`. */
  readonly renewed?: Pick<Session, "credentialVersion" | "authenticatedAt"> & {
    readonly overtaken: readonly TokenId[];
  };
};

/** The refresh token that a rotation replaces: the session's current one, or a genuine one that is newer than the row. */
export type Replaced = SessionRef & Pick<Session, "refreshJti" | "transport" | "generation">;

export type RotateOutcome =
  | { readonly outcome: "rotated"; readonly session: Session }
  /** `session`: the row that rejected the rotation, or undefined if there is none. */
  | { readonly outcome: "rejected"; readonly session: Session | undefined };

/** An attempt at a rotation whose caller gets no tokens and is told to retry. */
export type FailedRotation = {
  /** The refresh token that was presented. */
  readonly presentedJti: TokenId;
  /** The successor that the attempt made, if it was or will be stored. */
  readonly successorJti: TokenId;
  /** The earliest time of a rotation whose parent still replays without a key. */
  readonly windowStart: EpochSeconds;
};

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
     * Replaces a refresh token by `successor`, on the condition that `evaluateRefresh` calls `current`. If `successor.renewed` is
     * given, the same write puts the session into the revocation feed: its access tokens from before are rejected.
     *
     * Cost: one write and no read. The row that rejects a rotation comes with the rejection.
     * @throws the SDK's error if the write failed; the rotation may be stored then, now or a little later
     */
    rotate: async (replaced: Replaced, successor: Successor, now: EpochSeconds): Promise<RotateOutcome> => {
      const { refreshJti, refreshKid, idleExpiresAt, idempotencyKeyHash, renewed } = successor;
      const { overtaken = [], ...renewal } = renewed ?? {};
      const values = {
        ...{ refreshJti, refreshKid, refreshIssuedAt: now, ...idleEndAttributes(idleExpiresAt) },
        ...{ previousJti: replaced.refreshJti, generation: replaced.generation + 1 },
        ...(idempotencyKeyHash === undefined ? {} : { idempotencyKeyHash }),
        ...(renewed === undefined
          ? {}
          : { ...renewal, replayRequiresIdempotencyKey: true, ...feedEntry(replaced, now, feedShards) }),
      };
      const set = [...assignments(values), ...(overtaken.length === 0 ? [] : [ADD_OVERTAKEN])];
      // Clear the replay fields of the rotation before. They applied to a token that is two generations old now.
      const outdated = ["idempotencyKeyHash", "replayRequiresIdempotencyKey"].filter((name) => !(name in values));
      const rotated = await writeOnce(
        client.send(
          new UpdateCommand({
            ...getRow(replaced),
            ConditionExpression: [...ALIVE, IS_CURRENT_OR_NEWER, "transport = :presentedTransport"].join(" AND "),
            UpdateExpression: `SET ${set.join(", ")}${outdated.length === 0 ? "" : ` REMOVE ${outdated.join(", ")}`}`,
            ExpressionAttributeValues: {
              ...placeholders(values),
              ...(overtaken.length === 0 ? {} : placeholders({ overtaken, none: [] })),
              ":now": now,
              ":presentedJti": replaced.refreshJti,
              ":presentedGeneration": replaced.generation,
              ":presentedTransport": replaced.transport,
            },
            ReturnValues: "ALL_NEW",
            ...RETURNS_OLD_ROW,
          }),
        ),
        (row) => row["refreshJti"] === refreshJti && row["revokedAt"] === undefined,
      );
      switch (rotated.outcome) {
        case "written":
          return { outcome: "rotated", session: fromRow(rotated.attributes) };
        case "written_before":
          return { outcome: "rotated", session: fromRow(rotated.row) };
        case "rejected":
          return { outcome: "rejected", session: rotated.row === undefined ? undefined : fromRow(rotated.row) };
      }
    },

    /**
     * Notes that the caller who presented a refresh token was told to retry, because a call failed: one write. The note is
     * made if the attempt rotated the token, if the token is still current (then the rotation may take effect later), or if
     * the token still replayed without a key. It does nothing for a token that was rotated away before that.
     */
    markResponseUnknown: async (
      key: SessionRef,
      { presentedJti, successorJti, windowStart }: FailedRotation,
    ): Promise<void> => {
      const wasOrWillBeRotated = "refreshJti = :successorJti OR refreshJti = :presentedJti";
      const stillReplays = "previousJti = :presentedJti AND refreshIssuedAt >= :windowStart";
      const mark: UpdateCommandInput = {
        ...getRow(key),
        ConditionExpression: `attribute_not_exists(revokedAt) AND (${wasOrWillBeRotated} OR (${stillReplays}))`,
        UpdateExpression: "SET retryRequestedJti = :presentedJti",
        ExpressionAttributeValues: placeholders({ presentedJti, successorJti, windowStart }),
      };
      await inCleanUpTime(() => update(mark));
    },

    /**
     * Notes that the caller of a token that a password change has rotated away is told to retry: one write. Does nothing if
     * that is noted already or the session was revoked.
     */
    markOvertaken: async (key: SessionRef, presentedJti: TokenId): Promise<void> => {
      await update({
        ...getRow(key),
        ConditionExpression:
          "attribute_exists(sessionId) AND attribute_not_exists(revokedAt) AND NOT contains(overtakenJtis, :presentedJti)",
        UpdateExpression: `SET ${ADD_OVERTAKEN}`,
        ExpressionAttributeValues: placeholders({ presentedJti, overtaken: [presentedJti], none: [] }),
      });
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
        ...feedEntry(key, now, feedShards),
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

/** A genuine token of a higher generation than the row's was issued after the point in time to which the table was restored. */
const IS_CURRENT_OR_NEWER = "(refreshJti = :presentedJti OR generation < :presentedGeneration)";

const ADD_OVERTAKEN = "overtakenJtis = list_append(if_not_exists(overtakenJtis, :none), :overtaken)";

/** The keys of the index `Revocations`, by which authorizers in `feed` mode learn of the change that this write makes. */
const feedEntry = ({ sessionId }: Pick<Session, "sessionId">, now: EpochSeconds, feedShards: number) => ({
  feedBucket: revocationBucket(sessionId, now, feedShards),
  feedAt: now,
});

const assignments = (values: Record<string, unknown>): readonly string[] =>
  Object.keys(values).map((name) => `${name} = :${name}`);

const placeholders = (values: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [`:${name}`, value]));
