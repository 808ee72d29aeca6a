declare const brand: unique symbol;

/** Whole seconds since 1970-01-01T00:00:00Z: `NumericDate` of RFC 7519 and the unit of DynamoDB's TTL. */
export type EpochSeconds = number & { readonly [brand]: "EpochSeconds" };

/** Says what time it is. Nothing but the edge of a function reads the machine's clock. */
export type Clock = () => EpochSeconds;

export const systemClock: Clock = () => Math.floor(Date.now() / 1000) as EpochSeconds;

/** Takes a number from a token or a row as a time; undefined unless it is a finite whole number of seconds. */
export const epochSeconds = (value: unknown): EpochSeconds | undefined =>
  typeof value === "number" && Number.isSafeInteger(value) ? (value as EpochSeconds) : undefined;

/** `time` moved by `seconds`, which may be negative. */
export const addSeconds = (time: EpochSeconds, seconds: number): EpochSeconds => (time + seconds) as EpochSeconds;

/** The earlier of two times. */
export const earliest = (a: EpochSeconds, b: EpochSeconds): EpochSeconds => (a < b ? a : b);

/** The later of two times. */
export const latest = (a: EpochSeconds, b: EpochSeconds): EpochSeconds => (a > b ? a : b);

/** RFC 3339 in UTC with whole seconds, as the API answers times. */
export const toRfc3339 = (time: EpochSeconds): string => new Date(time * 1000).toISOString().replace(".000Z", "Z");
