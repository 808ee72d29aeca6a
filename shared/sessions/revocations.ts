import type { SessionId } from "../ids.ts";
import type { EpochSeconds } from "../time.ts";

/** The width of a partition of the `Revocations` index. */
export const BUCKET_SECONDS = 900;

/** The partition of the `Revocations` index that a session revoked at `revokedAt` stands in. */
export const revocationBucket = (_sessionId: SessionId, revokedAt: EpochSeconds): string =>
  `${Math.floor(revokedAt / BUCKET_SECONDS)}`;
