import {
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  UpdateCommand,
  type UpdateCommandInput,
} from "@aws-sdk/lib-dynamodb";
import type { RevokedReason } from "../audit/audit.ts";
import { ifConditionHolds } from "../aws/conditional-write.ts";
import { isConditionFailure } from "../aws/errors.ts";
import { queryAll } from "../aws/query-all.ts";
import { LatchkeyError } from "../errors.ts";
import type { UserId } from "../ids.ts";
import type { EpochSeconds } from "../time.ts";
import { revocationBucket } from "./revocations.ts";
import type { Session } from "./session.ts";
import { fromRow, toRow } from "./session-row.ts";

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
     * Puts `successor` in the replaced token's place: one write, under the condition that `evaluateRefresh` calls `current`.
     * @returns the session as it is now, or undefined if the condition did not hold
     */
    rotate: async (replaced: Replaced, successor: Successor, now: EpochSeconds): Promise<Session | undefined> => {
      const { refreshJti, refreshKid, idleExpiresAt, idempotencyKeyHash, renewed } = successor;
      const values = {
        ...{ refreshJti, refreshKid, idleExpiresAt, refreshIssuedAt: now, expiresAt: idleExpiresAt },
        ...(idempotencyKeyHash === undefined ? {} : { idempotencyKeyHash }),
        ...(renewed === undefined ? {} : { ...renewed, replayRequiresIdempotencyKey: true }),
      };
      // What vouched for the parent's parent vouches for nothing now.
      const outdated = ["idempotencyKeyHash", "replayRequiresIdempotencyKey", "responseUnknown"].filter(
        (name) => !(name in values),
      );
      const set = ["previousJti = refreshJti", "generation = generation + :one", ...assignments(values)];
      const rotated = await update({
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
      });
      return rotated === undefined ? undefined : fromRow(rotated.Attributes);
    },

    /**
     * Notes that nobody was answered with the token that this rotation made, if it was made: one write. Its parent is
     * then presented again without being a theft, for as long as the token is unused.
     */
    markResponseUnknown: async (key: SessionRef, { refreshJti }: Pick<Successor, "refreshJti">): Promise<void> => {
      await update({
        ...getRow(key),
        ConditionExpression: "refreshJti = :refreshJti AND attribute_not_exists(revokedAt)",
        UpdateExpression: "SET responseUnknown = :responseUnknown",
        ExpressionAttributeValues: { ":refreshJti": refreshJti, ":responseUnknown": true },
      });
    },

    /**
     * Ends a session for good and puts it into the revocation feed: one write.
     * @param transport ends the session only if it has this transport. @default any
     * @returns whether this call ended it; false if it was over already, never existed, or has another transport
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
        feedBucket: revocationBucket(key.sessionId, now, feedShards),
      };
      const revoked = await update({
        ...getRow(key),
        ConditionExpression: [
          "attribute_exists(sessionId) AND attribute_not_exists(revokedAt)",
          ...(transport === undefined ? [] : ["transport = :transport"]),
        ].join(" AND "),
        UpdateExpression: `SET ${assignments(values).join(", ")}`,
        ExpressionAttributeValues: placeholders({ ...values, ...(transport === undefined ? {} : { transport }) }),
      });
      return revoked !== undefined;
    },
  };
};

/** `isAlive`, said to DynamoDB. An attribute that does not exist fails the comparison, and so does a missing row. */
const ALIVE = ["attribute_not_exists(revokedAt)", "idleExpiresAt > :now", "absoluteExpiresAt > :now"];

const assignments = (values: Record<string, unknown>): readonly string[] =>
  Object.keys(values).map((name) => `${name} = :${name}`);

const placeholders = (values: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [`:${name}`, value]));
