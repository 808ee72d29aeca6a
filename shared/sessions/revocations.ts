import { createHash } from "node:crypto";
import type { SessionId } from "../ids.ts";
import type { EpochSeconds } from "../time.ts";

/**
 * The width of a partition of the index `Revocations`. A day, so that the last minutes are in one partition, except for a moment
 * after midnight (docs/decisions/0012).
 */
const PARTITION_SECONDS = 86_400;

/**
 * Returns the partition key of the index `Revocations` for a session that is revoked, or renewed by a password change, at
 * `feedAt`. The key is the day and the number of a shard. `shards` spreads the writes of a moment over that many partitions
 * (docs/revocation.md has the arithmetic).
 */
export const revocationBucket = (sessionId: SessionId, feedAt: EpochSeconds, shards: number): string =>
  bucketName(toDay(feedAt), createHash("sha256").update(sessionId).digest().readUInt32BE(0) % shards);

/** Returns the keys of all partitions that hold revocations from `from` to `to`. */
export const revocationBuckets = (from: EpochSeconds, to: EpochSeconds, shards: number): readonly string[] => {
  const days = Array.from({ length: toDay(to) - toDay(from) + 1 }, (_, index) => toDay(from) + index);
  return days.flatMap((day) => Array.from({ length: shards }, (_, shard) => bucketName(day, shard)));
};

const toDay = (time: EpochSeconds): number => Math.floor(time / PARTITION_SECONDS);

const bucketName = (day: number, shard: number): string => `${day}#${shard}`;
