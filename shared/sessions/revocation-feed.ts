import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import * as z from "zod/mini";
import { ageSeconds, type Moment, type MomentClock } from "../age.ts";
import { queryAll } from "../aws/query-all.ts";
import { REVOCATIONS_INDEX } from "../contract/indexes.ts";
import { type SessionId, sessionIdSchema } from "../ids.ts";
import { cachedRead } from "../keys/cached-read.ts";
import { addSeconds, type EpochSeconds, epochSecondsSchema, latest } from "../time.ts";
import { MAX_ACCESS_TOKEN_SECONDS } from "../tokens/access-token.ts";
import type { RevocationCheck, TokenGrant } from "./authorize.ts";
import { revocationBuckets } from "./revocations.ts";

/** How one execution environment reads the feed. */
export type FeedOptions = {
  readonly sessionsTable: string;
  readonly shards: number;
  /** How old, in seconds, the last reading may be when a request is allowed. */
  readonly maxStalenessSeconds: number;
  /** What happens if the feed cannot be read and that age has passed: `closed` throws, `open` uses the last reading. */
  readonly whenUnreadable: "closed" | "open";
  readonly moment: MomentClock;
  /** Called after each reading that failed, so that an alarm can count the failures. */
  readonly onReadFailure?: (error: unknown) => void;
  /** Called after each reading that succeeded. */
  readonly onRead?: () => void;
};

/**
 * How many seconds before the last reading the next reading starts. The index is eventually consistent, so an entry may become
 * visible after entries of a later second. The clocks of the execution environments that revoke also differ.
 */
const OVERLAP_SECONDS = 15;

/** The largest `clockToleranceSeconds` that can be deployed: for so long after its expiry an access token is still accepted. */
const MAX_CLOCK_TOLERANCE_SECONDS = 60;

/**
 * A rejected access token is no longer accepted after this time, also if the clock of the execution environment that revoked was
 * behind. Entries are then forgotten.
 */
const HOLD_SECONDS = MAX_ACCESS_TOKEN_SECONDS + MAX_CLOCK_TOLERANCE_SECONDS + OVERLAP_SECONDS;

/** What an execution environment has read about a session. Access tokens of a lower `credentialVersion` are rejected. */
type Known = { readonly feedAt: EpochSeconds; readonly minCredentialVersion: number };

/**
 * The check of `feed` mode. Remembers the sessions that were revoked, and the password changes that were made, during the last
 * lifetime of an access token.
 *
 * Cost: at most once in `maxStalenessSeconds`, and only if a request arrives, one query for each shard. All other checks are
 * look-ups in memory.
 *
 * @throws (the check) the SDK's error if the last reading is too old and the feed cannot be read, unless `whenUnreadable` is `open`
 * @example
 * const isRevoked = revocationFeed(client, { sessionsTable, shards: 1, maxStalenessSeconds: 5, whenUnreadable: "closed", moment });
 */
export const revocationFeed = (client: DynamoDBDocumentClient, options: FeedOptions): RevocationCheck => {
  const known = new Map<SessionId, Known>();
  const rejects = ({ sessionId, credentialVersion }: TokenGrant): boolean =>
    credentialVersion < (known.get(sessionId)?.minCredentialVersion ?? 0);
  let readAt: Moment | undefined;

  const read = async (): Promise<typeof rejects> => {
    const now = options.moment();
    const oldest = addSeconds(now.wall, -HOLD_SECONDS);
    // Counts the start back from now, because the wall clock may have been wrong at the last reading. If the wall clock has
    // stepped back since then, the age is infinite: every entry that can still matter is read again.
    const age = readAt === undefined ? Infinity : Math.ceil(ageSeconds(readAt, now));
    const from = latest(oldest, addSeconds(now.wall, -age - OVERLAP_SECONDS));
    const entries = await readRevocations(client, options, from, now.wall);
    for (const { sessionId, feedAt, revokedAt, credentialVersion } of entries) {
      // The index is eventually consistent: an older state of the row must not replace a newer state.
      const before = known.get(sessionId) ?? { feedAt, minCredentialVersion: 0 };
      const version = revokedAt === undefined ? credentialVersion : Number.POSITIVE_INFINITY;
      known.set(sessionId, {
        feedAt: latest(before.feedAt, feedAt),
        minCredentialVersion: Math.max(before.minCredentialVersion, version),
      });
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

  // If the feed cannot be read, the last reading still counts, also in an execution environment that has never read the feed. After
  // a failure only one request in `maxStalenessSeconds` waits for DynamoDB.
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
  sessionId: sessionIdSchema,
  feedAt: epochSecondsSchema,
  /** Absent if the session is alive. The entry is then about a password change. */
  revokedAt: z.optional(epochSecondsSchema),
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

/** One query, and one more for each further megabyte. Global indexes do not support strongly consistent reads. */
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
