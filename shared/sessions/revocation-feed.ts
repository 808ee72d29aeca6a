import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import * as z from "zod/mini";
import { ageSeconds, type Moment, type MomentClock } from "../age.ts";
import { queryAll } from "../aws/query-all.ts";
import type { SessionId } from "../ids.ts";
import { cachedRead } from "../keys/cached-read.ts";
import { time } from "../keys/key-ring.ts";
import { addSeconds, type EpochSeconds, latest } from "../time.ts";
import { MAX_ACCESS_TOKEN_SECONDS } from "../tokens/access-token.ts";
import type { RevocationCheck } from "./authorize.ts";
import { revocationBuckets } from "./revocations.ts";

export type FeedOptions = {
  readonly sessionsTable: string;
  readonly shards: number;
  /** How old the instance's knowledge may be when it lets a request pass. */
  readonly maxStalenessSeconds: number;
  /** What happens when the feed cannot be read and that age has passed. */
  readonly whenUnreadable: "closed" | "open";
  readonly moment: MomentClock;
  /** Told of every read that failed: the one who watches must know, above all when failing open. */
  readonly onReadFailure?: (error: unknown) => void;
  /** Told of every read that did not. */
  readonly onRead?: () => void;
};

/**
 * How far behind the last reading the next one starts: the index is eventually consistent, so an entry may become visible
 * after entries of a later second, and the clocks of the instances that revoke differ.
 */
const OVERLAP_SECONDS = 15;

/** A revoked session's access tokens end by themselves after this; clocks included. */
const HOLD_SECONDS = MAX_ACCESS_TOKEN_SECONDS + 60;

/**
 * Knows the sessions revoked during the last access-token life. What is new is read at most once in `maxStalenessSeconds`,
 * by one query a shard, and only when a request asks; in between a check costs a look-up in memory.
 *
 * @throws (the check) the SDK's error when knowledge is too old and cannot be renewed, unless `whenUnreadable` is `open`
 */
export const revocationFeed = (client: DynamoDBDocumentClient, options: FeedOptions): RevocationCheck => {
  const revoked = new Map<SessionId, EpochSeconds>();
  let readAt: Moment | undefined;

  const read = async (): Promise<ReadonlyMap<SessionId, EpochSeconds>> => {
    const now = options.moment();
    const oldest = addSeconds(now.wall, -HOLD_SECONDS);
    // Counted back from now, because the wall clock may have been wrong at the last reading. If it has stepped back since, the
    // age is infinite: everything that can still matter is read again.
    const age = readAt === undefined ? Infinity : Math.ceil(ageSeconds(readAt, now));
    const from = latest(oldest, addSeconds(now.wall, -age - OVERLAP_SECONDS));
    const entries = await readRevocations(client, options, from, now.wall);
    for (const { sessionId, revokedAt } of entries) revoked.set(sessionId, revokedAt);
    for (const [sessionId, revokedAt] of revoked) if (revokedAt < oldest) revoked.delete(sessionId);
    readAt = now;
    options.onRead?.();
    return revoked;
  };

  const feed = cachedRead(
    () =>
      read().catch((error: unknown) => {
        options.onReadFailure?.(error);
        throw error;
      }),
    {
      moment: options.moment,
      refreshAfterSeconds: options.maxStalenessSeconds,
      failAfterSeconds: options.maxStalenessSeconds,
      coolDownSeconds: 1,
    },
  );
  if (options.whenUnreadable === "closed") return async ({ sessionId }) => (await feed.get()).has(sessionId);

  // What is known still counts when nothing new can be learned, also on an instance that never learned anything; and not
  // every request waits for a table that does not answer.
  let failedAt: Moment | undefined;
  return async ({ sessionId }) => {
    if (failedAt !== undefined && ageSeconds(failedAt, options.moment()) < options.maxStalenessSeconds)
      return revoked.has(sessionId);
    await feed.get().catch(() => {
      failedAt = options.moment();
    });
    return revoked.has(sessionId);
  };
};

const entry = z.object({
  sessionId: z.pipe(
    z.string(),
    z.transform((text) => text as SessionId),
  ),
  revokedAt: time,
});

const readRevocations = async (
  client: DynamoDBDocumentClient,
  { sessionsTable, shards }: FeedOptions,
  from: EpochSeconds,
  to: EpochSeconds,
): Promise<readonly z.infer<typeof entry>[]> => {
  const perBucket = await Promise.all(
    revocationBuckets(from, to, shards).map((bucket) => readBucket(client, sessionsTable, bucket, from)),
  );
  return perBucket.flat();
};

/** One query, and one more for every further megabyte. Global indexes have no consistent reads. */
const readBucket = async (
  client: DynamoDBDocumentClient,
  sessionsTable: string,
  bucket: string,
  from: EpochSeconds,
) => {
  const rows = await queryAll(client, {
    TableName: sessionsTable,
    IndexName: "Revocations",
    KeyConditionExpression: "feedBucket = :bucket AND revokedAt >= :from",
    ExpressionAttributeValues: { ":bucket": bucket, ":from": from },
  });
  return rows.map((row) => entry.parse(row));
};
