import { createHash } from "node:crypto";
import type { SessionId } from "../ids.ts";
import type { EpochSeconds } from "../time.ts";

/**
 * The width of a time bucket of the `Revocations` index. A day, so that a reader who wants the last minutes finds them in
 * one bucket, but for a moment after midnight.
 */
const BUCKET_SECONDS = 86_400;

/**
 * The partition of the `Revocations` index for a session that is revoked, or renewed by a password change, at `feedAt`: the
 * day, and one of `shards` so that no partition takes all the writes (docs/revocation.md has the arithmetic).
 */
export const revocationBucket = (sessionId: SessionId, feedAt: EpochSeconds, shards: number): string =>
  bucketName(toDay(feedAt), createHash("sha256").update(sessionId).digest().readUInt32BE(0) % shards);

/** All partitions that hold revocations from `from` to `to`. */
export const revocationBuckets = (from: EpochSeconds, to: EpochSeconds, shards: number): readonly string[] => {
  const days = Array.from({ length: toDay(to) - toDay(from) + 1 }, (_, index) => toDay(from) + index);
  return days.flatMap((day) => Array.from({ length: shards }, (_, shard) => bucketName(day, shard)));
};

const toDay = (time: EpochSeconds): number => Math.floor(time / BUCKET_SECONDS);

const bucketName = (day: number, shard: number): string => `${day}#${shard}`;
