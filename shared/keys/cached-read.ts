import { ageSeconds, type Moment, type MomentClock } from "../age.ts";

/** Options of `cachedRead`. */
export type CachedReadOptions = {
  readonly moment: MomentClock;
  /** A value older than this is read again before it is used. */
  readonly refreshAfterSeconds: number;
  /** If the read fails, the old value is used until this age. After that the caller gets the error. */
  readonly failAfterSeconds: number;
  /** Within this time after a read, `reload` does not read again, and `get` does not repeat a failed read. */
  readonly coolDownSeconds: number;
};

/**
 * One value in the memory of an execution environment. `get` reads the value if it is missing or old. Parallel callers share one
 * read. `reload` is for a caller that needs a newer value, for example because the `kid` of a token is unknown.
 */
export type CachedRead<Value> = {
  readonly get: () => Promise<Value>;
  readonly reload: () => Promise<Value>;
};

/**
 * Creates a cache of one value.
 * @throws (both functions) the error of `read`, if no value of an allowed age exists
 * @example const { get } = cachedRead(() => readKeyRing(client, secretId), { moment: systemMoment, ...KEY_RING_AGE })
 */
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
      // After a failed read, requests use the old value for a while. Otherwise each of them would call a source that is down.
      if (coolingDown() && inFlight === undefined && age < options.failAfterSeconds) return cached.value;
      return readNow();
    },
    reload: async () => {
      if (inFlight !== undefined) return inFlight;
      return cached !== undefined && coolingDown() ? cached.value : readNow();
    },
  };
};
