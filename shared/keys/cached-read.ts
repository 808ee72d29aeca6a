import { ageSeconds, type Moment, type MomentClock } from "../age.ts";

export type CachedReadOptions = {
  readonly moment: MomentClock;
  /** A value older than this is read again before it is used. */
  readonly refreshAfterSeconds: number;
  /** Where reading fails, an older value serves until this age; then reading fails for the caller too. */
  readonly failAfterSeconds: number;
  /** `reload` reads at most once in this time, however often it is asked. */
  readonly coolDownSeconds: number;
};

/**
 * One value kept by an instance: read when it is missing or old, shared by all who wait for the same read.
 * `reload` is for a caller who has seen something the value does not know, such as an unknown `kid`.
 */
export type CachedRead<Value> = {
  readonly get: () => Promise<Value>;
  readonly reload: () => Promise<Value>;
};

export const cachedRead = <Value>(read: () => Promise<Value>, options: CachedReadOptions): CachedRead<Value> => {
  let cached: { readonly value: Value; readonly readAt: Moment } | undefined;
  let triedAt: Moment | undefined;
  let inFlight: Promise<Value> | undefined;

  const readNow = (): Promise<Value> => {
    const now = options.moment();
    triedAt = now;
    inFlight ??= read()
      .then((value) => {
        cached = { value, readAt: now };
        return value;
      })
      .catch((error: unknown) => {
        if (cached !== undefined && ageSeconds(cached.readAt, now) < options.failAfterSeconds) return cached.value;
        throw error;
      })
      .finally(() => {
        inFlight = undefined;
      });
    return inFlight;
  };

  const coolingDown = (): boolean =>
    triedAt !== undefined && ageSeconds(triedAt, options.moment()) < options.coolDownSeconds;

  return {
    get: async () => {
      if (cached === undefined) return readNow();
      const age = ageSeconds(cached.readAt, options.moment());
      if (age < options.refreshAfterSeconds) return cached.value;
      // A source that just failed is not asked again by every request while an older value may still serve.
      if (coolingDown() && inFlight === undefined && age < options.failAfterSeconds) return cached.value;
      return readNow();
    },
    reload: async () => {
      if (inFlight !== undefined) return inFlight;
      return cached !== undefined && coolingDown() ? cached.value : readNow();
    },
  };
};
