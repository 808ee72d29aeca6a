import {
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb";
import type { RevokedReason } from "../audit/audit.ts";
import { isConditionFailure } from "../aws-errors.ts";
import type { SessionId, TokenId, UserId } from "../ids.ts";
import type { EpochSeconds } from "../time.ts";
import { revocationBucket } from "./revocations.ts";
import type { PresentedRefresh } from "./rotation.ts";
import type { Session } from "./session.ts";
import { fromRow, toRow } from "./session-row.ts";

/** The refresh token that a rotation puts in the presented one's place. */
export type Successor = {
  readonly refreshJti: TokenId;
  readonly refreshKid: string;
  readonly idleExpiresAt: EpochSeconds;
};

export type SessionKey = Pick<Session, "userId" | "sessionId">;

/** The sessions table. Every state change is one conditional write to one row; every read is strongly consistent. */
export type SessionStore = ReturnType<typeof createSessionStore>;

export const createSessionStore = (client: DynamoDBDocumentClient, sessionsTable: string) => {
  const rowOf = ({ userId, sessionId }: SessionKey) => ({ TableName: sessionsTable, Key: { userId, sessionId } });

  return {
    /** Writes a new session: one write. @throws the SDK's error, also if the id is taken */
    create: async (session: Session): Promise<void> => {
      await client.send(
        new PutCommand({
          TableName: sessionsTable,
          Item: toRow(session),
          ConditionExpression: "attribute_not_exists(sessionId)",
        }),
      );
    },

    /** Reads a session: one read. */
    find: async (key: SessionKey): Promise<Session | undefined> => {
      const { Item } = await client.send(new GetCommand({ ...rowOf(key), ConsistentRead: true }));
      return Item === undefined ? undefined : fromRow(Item);
    },

    /** All sessions of a user, ended ones that TTL has not removed included: one read a megabyte. */
    list: async (userId: UserId): Promise<readonly Session[]> => {
      const sessions: Session[] = [];
      let from: Record<string, unknown> | undefined;
      do {
        const page = await client.send(
          new QueryCommand({
            TableName: sessionsTable,
            KeyConditionExpression: "userId = :userId",
            ExpressionAttributeValues: { ":userId": userId },
            ConsistentRead: true,
            ExclusiveStartKey: from,
          }),
        );
        sessions.push(...(page.Items ?? []).map(fromRow));
        from = page.LastEvaluatedKey;
      } while (from !== undefined);
      return sessions;
    },

    /**
     * Puts `successor` in the presented token's place: one write, under the condition that `judgeRefresh` calls `current`.
     * @returns the session as it is now, or undefined if the condition did not hold
     */
    rotate: async (
      presented: PresentedRefresh,
      successor: Successor,
      now: EpochSeconds,
    ): Promise<Session | undefined> => {
      const { sub, sid, jti } = presented.claims;
      const hash = presented.rotationKeyHash;
      try {
        const { Attributes } = await client.send(
          new UpdateCommand({
            ...rowOf({ userId: sub, sessionId: sid }),
            ConditionExpression: [...ALIVE, "refreshJti = :presented", "transport = :transport"].join(" AND "),
            UpdateExpression: [
              "SET previousJti = refreshJti, refreshJti = :jti, refreshKid = :kid, refreshIssuedAt = :now",
              "idleExpiresAt = :idle, expiresAt = :idle, generation = generation + :one",
              hash === undefined ? "REMOVE rotationKeyHash" : "rotationKeyHash = :hash",
            ]
              .join(", ")
              .replace(", REMOVE", " REMOVE"),
            ExpressionAttributeValues: {
              ":presented": jti,
              ":transport": presented.transport,
              ":jti": successor.refreshJti,
              ":kid": successor.refreshKid,
              ":now": now,
              ":idle": successor.idleExpiresAt,
              ":one": 1,
              ...(hash === undefined ? {} : { ":hash": hash }),
            },
            ReturnValues: "ALL_NEW",
          }),
        );
        return fromRow(Attributes);
      } catch (error) {
        if (isConditionFailure(error)) return undefined;
        throw error;
      }
    },

    /**
     * Ends a session for good and puts it into the revocation feed: one write.
     * @returns whether this call ended it; false if it was over already or never existed
     */
    revoke: async (key: SessionKey, reason: RevokedReason, now: EpochSeconds): Promise<boolean> => {
      try {
        await client.send(
          new UpdateCommand({
            ...rowOf(key),
            ConditionExpression: "attribute_exists(sessionId) AND attribute_not_exists(revokedAt)",
            UpdateExpression: "SET revokedAt = :now, revokedReason = :reason, feedBucket = :bucket",
            ExpressionAttributeValues: {
              ":now": now,
              ":reason": reason,
              ":bucket": revocationBucket(key.sessionId as SessionId, now),
            },
          }),
        );
        return true;
      } catch (error) {
        if (isConditionFailure(error)) return false;
        throw error;
      }
    },
  };
};

/** `isAlive`, said to DynamoDB. An attribute that does not exist fails the comparison, and so does a missing row. */
const ALIVE = ["attribute_not_exists(revokedAt)", "idleExpiresAt > :now", "absoluteExpiresAt > :now"];
