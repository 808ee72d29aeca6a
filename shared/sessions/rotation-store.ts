import { type DynamoDBDocumentClient, UpdateCommand, type UpdateCommandInput } from "@aws-sdk/lib-dynamodb";
import { ifConditionHolds, RETURNS_OLD_ROW, writeOnce } from "../aws/conditional-write.ts";
import { inCleanUpTime } from "../deadline.ts";
import type { TokenId } from "../ids.ts";
import type { EpochSeconds } from "../time.ts";
import type { Session, SessionRef } from "./session.ts";
import {
  allOf,
  anyOf,
  assignments,
  feedEntry,
  IS_ALIVE,
  IS_NOT_REVOKED,
  placeholders,
  SESSION_EXISTS,
} from "./session-expressions.ts";
import { fromRow, idleExpiryAttributes } from "./session-row.ts";

/** The refresh token that a rotation puts in the place of the replaced token, and the other values of that write. */
export type Successor = Pick<Session, "refreshJti" | "refreshKid" | "idleExpiresAt"> & {
  /** `hashIdempotencyKey` of the request that rotates. */
  readonly idempotencyKeyHash: string | undefined;
  /** Given only if the password was changed. `overtaken`: the ids that the change adds to `overtakenJtis`. */
  readonly renewed?: Pick<Session, "credentialVersion" | "authenticatedAt"> & {
    readonly overtaken: readonly TokenId[];
  };
};

/** The refresh token that a rotation replaces: the session's current token, or a genuine token that is newer than the row. */
export type Replaced = SessionRef & Pick<Session, "refreshJti" | "transport" | "generation">;

/** The result of the write of a rotation. */
export type RotateOutcome =
  | { readonly outcome: "rotated"; readonly session: Session }
  /** `session`: the row that rejected the rotation, or undefined if there is no row. */
  | { readonly outcome: "rejected"; readonly session: Session | undefined };

/** An attempt at a rotation whose caller gets no tokens and is told to retry. */
export type FailedRotation = {
  /** The refresh token that was presented. */
  readonly presentedJti: TokenId;
  /** The successor that the attempt made, if that write was or will be stored. */
  readonly successorJti: TokenId;
  /** The earliest time of a rotation whose parent still replays without a key. */
  readonly windowStart: EpochSeconds;
};

/** Holds if the presented token is the current token. Placeholder `:presentedJti`. */
const IS_CURRENT = "refreshJti = :presentedJti";

/** Holds if the presented token is newer than the row: the table was restored to an earlier time. */
const IS_NEWER_THAN_ROW = "generation < :presentedGeneration";

const HAS_PRESENTED_TRANSPORT = "transport = :presentedTransport";

/** The condition of a rotation: `evaluateRefresh` returns `current` for the same row, token and time. */
const MAY_ROTATE = allOf(IS_ALIVE, anyOf(IS_CURRENT, IS_NEWER_THAN_ROW), HAS_PRESENTED_TRANSPORT);

/** Holds if this attempt rotated the presented token. */
const WAS_ROTATED_BY_ATTEMPT = "refreshJti = :successorJti";

/** Holds if the presented token replays without a key, because its rotation was a moment ago. */
const REPLAYS_WITHOUT_KEY = "previousJti = :presentedJti AND refreshIssuedAt >= :windowStart";

/** The condition for noting a failed attempt. `IS_CURRENT`: the write of the attempt may still take effect. */
const IS_RETRY_TO_EXPLAIN = allOf(IS_NOT_REVOKED, anyOf(WAS_ROTATED_BY_ATTEMPT, IS_CURRENT, REPLAYS_WITHOUT_KEY));

const IS_NOT_NOTED_AS_OVERTAKEN = "NOT contains(overtakenJtis, :presentedJti)";

const ADD_OVERTAKEN = "overtakenJtis = list_append(if_not_exists(overtakenJtis, :none), :overtaken)";

/** Fields that apply to the parent of the current token only. A rotation that does not set them removes them. */
const REPLAY_FIELDS = ["idempotencyKeyHash", "replayRequiresIdempotencyKey"];

/**
 * The writes of a rotation. `rotation.ts` has the decision that they follow.
 *
 * @param feedShards the number of partitions of the revocation feed for each day
 */
export const createRotationStore = (client: DynamoDBDocumentClient, sessionsTable: string, feedShards: number) => {
  const toRowKey = ({ userId, sessionId }: SessionRef) => ({ TableName: sessionsTable, Key: { userId, sessionId } });

  return {
    /**
     * Replaces a refresh token by `successor`, on the condition that `evaluateRefresh` returns `current`. If `successor.renewed`
     * is given, the same write puts the session into the revocation feed, which rejects the access tokens from before.
     *
     * Cost: one write and no read. If the condition does not hold, DynamoDB returns the row with the rejection.
     * @throws the SDK's error if the write failed; the rotation may then be stored, or may be stored a little later
     */
    rotate: async (replaced: Replaced, successor: Successor, now: EpochSeconds): Promise<RotateOutcome> => {
      const { refreshJti, refreshKid, idleExpiresAt, idempotencyKeyHash, renewed } = successor;
      const { overtaken = [], ...renewal } = renewed ?? {};
      const values = {
        refreshJti,
        refreshKid,
        refreshIssuedAt: now,
        ...idleExpiryAttributes(idleExpiresAt),
        previousJti: replaced.refreshJti,
        generation: replaced.generation + 1,
        ...(idempotencyKeyHash === undefined ? {} : { idempotencyKeyHash }),
        ...(renewed === undefined
          ? {}
          : { ...renewal, replayRequiresIdempotencyKey: true, ...feedEntry(replaced, now, feedShards) }),
      };
      const set = [...assignments(values), ...(overtaken.length === 0 ? [] : [ADD_OVERTAKEN])];
      // Clear the replay fields of the previous rotation. They applied to a token that is now two generations old.
      const outdated = REPLAY_FIELDS.filter((name) => !(name in values));
      const rotated = await writeOnce(
        client.send(
          new UpdateCommand({
            ...toRowKey(replaced),
            ConditionExpression: MAY_ROTATE,
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
     * Notes in `retryRequestedJti` that the caller who presented a refresh token was told to retry, because a call failed: one
     * write. The note is made if the attempt rotated the token, if the token is still current (the rotation may take effect
     * later), or if the token still replayed without a key. Otherwise, and if the session was revoked, the call does nothing.
     *
     * @throws the SDK's error of the write
     */
    markResponseUnknown: async (session: SessionRef, failed: FailedRotation): Promise<void> => {
      const { presentedJti, successorJti, windowStart } = failed;
      const mark: UpdateCommandInput = {
        ...toRowKey(session),
        ConditionExpression: IS_RETRY_TO_EXPLAIN,
        UpdateExpression: "SET retryRequestedJti = :presentedJti",
        ExpressionAttributeValues: placeholders({ presentedJti, successorJti, windowStart }),
      };
      await inCleanUpTime(() => ifConditionHolds(client.send(new UpdateCommand(mark))));
    },

    /**
     * Notes in `overtakenJtis` that the caller of a token that a password change has rotated away is told to retry: one write.
     * Does nothing if that is noted already or the session was revoked.
     *
     * @throws the SDK's error of the write
     */
    markOvertaken: async (session: SessionRef, presentedJti: TokenId): Promise<void> => {
      const mark: UpdateCommandInput = {
        ...toRowKey(session),
        ConditionExpression: allOf(SESSION_EXISTS, IS_NOT_REVOKED, IS_NOT_NOTED_AS_OVERTAKEN),
        UpdateExpression: `SET ${ADD_OVERTAKEN}`,
        ExpressionAttributeValues: placeholders({ presentedJti, overtaken: [presentedJti], none: [] }),
      };
      await ifConditionHolds(client.send(new UpdateCommand(mark)));
    },
  };
};
