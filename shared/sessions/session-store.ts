import {
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  UpdateCommand,
  type UpdateCommandInput,
} from "@aws-sdk/lib-dynamodb";
import type { RevokedReason } from "../audit/audit.ts";
import { ifConditionHolds, RETURNS_OLD_ROW, writeOnce } from "../aws/conditional-write.ts";
import { isConditionFailure } from "../aws/errors.ts";
import { queryAll } from "../aws/query-all.ts";
import { LatchkeyError } from "../errors.ts";
import type { TokenId, UserId } from "../ids.ts";
import type { EpochSeconds } from "../time.ts";
import { revocationBucket } from "./revocations.ts";
import type { Session } from "./session.ts";
import { fromRow, toRow } from "./session-row.ts";

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

export const createSessionStore = (client: DynamoDBDocumentClient, sessionsTable: string, feedShards: number) => {
  const getRow = ({ userId, sessionId }: SessionRef) => ({ TableName: sessionsTable, Key: { userId, sessionId } });

  const update = (input: UpdateCommandInput) => ifConditionHolds(client.send(new UpdateCommand(input)));

  return {
    /**
     * Writes a new session: one write. The SDK may repeat it after a lost answer: its own row does not stand in its way.
     * @throws LatchkeyError `temporarily_unavailable` if the session was ended before the repetition
     */
    create: async (session: Session): Promise<void> => {
      await client
        .send(
          new PutCommand({
            TableName: sessionsTable,
            Item: toRow(session),
            // One that was ended in between stays ended.
            ConditionExpression:
              "attribute_not_exists(sessionId) OR (refreshJti = :own AND attribute_not_exists(revokedAt))",
            ExpressionAttributeValues: { ":own": session.refreshJti },
          }),
        )
        .catch((error: unknown) => {
          throw isConditionFailure(error)
            ? new LatchkeyError("temporarily_unavailable", { retryAfterSeconds: 1 })
            : error;
        });
    },

    /** Reads a session: one read. */
    find: async (key: SessionRef): Promise<Session | undefined> => {
      const { Item } = await client.send(new GetCommand({ ...getRow(key), ConsistentRead: true }));
      return Item === undefined ? undefined : fromRow(Item);
    },

    /** All sessions of a user, ended ones that TTL has not removed included: one read a megabyte. */
    list: async (userId: UserId): Promise<readonly Session[]> => {
      const rows = await queryAll(client, {
        TableName: sessionsTable,
        KeyConditionExpression: "userId = :userId",
        ExpressionAttributeValues: { ":userId": userId },
        ConsistentRead: true,
      });
      return rows.map(fromRow);
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
        ...{ refreshJti, refreshKid, idleExpiresAt, refreshIssuedAt: now, expiresAt: idleExpiresAt },
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
      await update({
        ...getRow(key),
        ConditionExpression: `attribute_not_exists(revokedAt) AND (${wasOrWillBeRotated} OR (${stillReplays}))`,
        UpdateExpression: "SET retryRequestedJti = :presentedJti",
        ExpressionAttributeValues: placeholders({ presentedJti, successorJti, windowStart }),
      });
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
     * Ends a session for good and puts it into the revocation feed: one write.
     * @returns whether this call ended it; false if it was over already or never existed
     */
    revoke: async (key: SessionRef, reason: RevokedReason, now: EpochSeconds): Promise<boolean> => {
      const values = {
        revokedAt: now,
        revokedReason: reason,
        ...feedEntry(key, now, feedShards),
      };
      const revoked = await update({
        ...getRow(key),
        ConditionExpression: "attribute_exists(sessionId) AND attribute_not_exists(revokedAt)",
        UpdateExpression: `SET ${assignments(values).join(", ")}`,
        ExpressionAttributeValues: placeholders(values),
      });
      return revoked !== undefined;
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
