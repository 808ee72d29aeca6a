import type { KeyRing } from "../keys/key-ring.ts";
import { addSeconds, type EpochSeconds } from "../time.ts";
import type { SessionDependencies } from "./dependencies.ts";
import type { Replaced, Successor } from "./rotation-store.ts";
import { idleSeconds } from "./session.ts";

/** One try to replace a refresh token by `successor` at `now`. */
export type RotationAttempt = {
  readonly replaced: Replaced;
  readonly successor: Successor;
  readonly now: EpochSeconds;
};

/**
 * Prepares the rotation of a refresh token: chooses the id of the successor, the key that signs it, and the idle expiry of the
 * session. No I/O.
 */
export const createRotationAttempt = (
  { ids, settings }: Pick<SessionDependencies, "ids" | "settings">,
  replaced: Replaced,
  values: Pick<Successor, "idempotencyKeyHash" | "renewed">,
  ring: KeyRing,
  now: EpochSeconds,
): RotationAttempt => ({
  replaced,
  now,
  successor: {
    refreshJti: ids.tokenId(),
    refreshKid: ring.refresh.current.kid,
    idleExpiresAt: addSeconds(now, idleSeconds(replaced.transport, settings)),
    ...values,
  },
});

/**
 * Runs the calls of a rotation attempt. If one fails, the caller of the request is told to retry, so the row notes that a retry
 * with the same token is no theft: the rotation may be stored, or may be stored in a moment, and the replay window may close before
 * the retry (S3). One more write after a failure. If that write fails too, there is no note.
 *
 * @throws what `run` throws
 */
export const noteRetryIfFailed = async <Result>(
  { sessions, settings }: Pick<SessionDependencies, "sessions" | "settings">,
  { replaced, successor, now }: RotationAttempt,
  run: () => Promise<Result>,
): Promise<Result> => {
  try {
    return await run();
  } catch (error) {
    const failed = {
      presentedJti: replaced.refreshJti,
      successorJti: successor.refreshJti,
      windowStart: addSeconds(now, -settings.replayWindowSeconds),
    };
    await sessions.markResponseUnknown(replaced, failed).catch(() => undefined);
    throw error;
  }
};
