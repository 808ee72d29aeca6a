import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import * as z from "zod/mini";
import { ageSeconds, type Moment, type MomentClock } from "../age.ts";
import { queryAll } from "../aws/query-all.ts";
import { REVOCATIONS_INDEX } from "../contract/indexes.ts";
import type { SessionId } from "../ids.ts";
import { cachedRead } from "../keys/cached-read.ts";
import { time } from "../keys/key-ring.ts";
import { addSeconds, type EpochSeconds, latest } from "../time.ts";
import { MAX_ACCESS_TOKEN_SECONDS } from "../tokens/access-token.ts";
import type { RevocationCheck, TokenGrant } from "./authorize.ts";
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

/** A rejected access token ends by itself after this; clocks included. */
const HOLD_SECONDS = MAX_ACCESS_TOKEN_SECONDS + 60;

/** What one execution environment knows of a session: access tokens of a lower `credentialVersion` are rejected. */
type Known = { readonly feedAt: EpochSeconds; readonly minCredentialVersion: number };

/**
 * Knows the sessions revoked, and the password changes made, during the last access-token life. What is new is read at most once in `maxStalenessSeconds`,
 * by one query a shard, and only when a request asks; in between a check costs a look-up in memory.
 *
 * @throws (the check) the SDK's error when knowledge is too old and cannot be renewed, unless `whenUnreadable` is `open`
 */
export const revocationFeed = (client: DynamoDBDocumentClient, options: FeedOptions): RevocationCheck => {
  const known = new Map<SessionId, Known>();
  const rejects = ({ sessionId, credentialVersion }: TokenGrant): boolean =>
    credentialVersion < (known.get(sessionId)?.minCredentialVersion ?? 0);
  let readAt: Moment | undefined;

  const read = async (): Promise<typeof rejects> => {
    const now = options.moment();
    const oldest = addSeconds(now.wall, -HOLD_SECONDS);
    // The start is counted back from now, because the wall clock may have been wrong at the last reading. If the wall clock has
    // stepped back since, the age is infinite, and everything that can still matter is read again.
    const age = readAt === undefined ? Infinity : Math.ceil(ageSeconds(readAt, now));
    const from = latest(oldest, addSeconds(now.wall, -age - OVERLAP_SECONDS));
    const entries = await readRevocations(client, options, from, now.wall);
    for (const { sessionId, feedAt, revokedAt, credentialVersion } of entries) {
      // The index is eventually consistent: an older state of the row must not undo a newer one.
      const before = known.get(sessionId)?.minCredentialVersion ?? 0;
      const version = revokedAt === undefined ? credentialVersion : Number.POSITIVE_INFINITY;
      known.set(sessionId, { feedAt, minCredentialVersion: Math.max(before, version) });
    }
    for (const [sessionId, { feedAt }] of known) if (feedAt < oldest) known.delete(sessionId);
    readAt = now;
    options.onRead?.();
    return rejects;
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
  if (options.whenUnreadable === "closed") return async (grant) => (await feed.get())(grant);

  // What is known still counts when nothing new can be learned, also on an instance that never learned anything; and not
  // every request waits for a table that does not answer.
  let failedAt: Moment | undefined;
  return async (grant) => {
    if (failedAt !== undefined && ageSeconds(failedAt, options.moment()) < options.maxStalenessSeconds)
      return rejects(grant);
    await feed.get().catch(() => {
      failedAt = options.moment();
    });
    return rejects(grant);
  };
};

const entry = z.object({
  sessionId: z.pipe(
    z.string(),
    z.transform((text) => text as SessionId),
  ),
  feedAt: time,
  /** Absent if the session is alive: then the entry is about a password change. */
  revokedAt: z.optional(time),
  credentialVersion: z.int(),
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
    IndexName: REVOCATIONS_INDEX,
    KeyConditionExpression: "feedBucket = :bucket AND feedAt >= :from",
    ExpressionAttributeValues: { ":bucket": bucket, ":from": from },
  });
  return rows.map((row) => entry.parse(row));
};
