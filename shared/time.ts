import * as z from "zod/mini";

declare const brand: unique symbol;

/** Whole seconds since 1970-01-01T00:00:00Z: `NumericDate` of RFC 7519 and the unit of DynamoDB's TTL. */
export type EpochSeconds = number & { readonly [brand]: "EpochSeconds" };

/**
 * Returns the present time. Code takes a clock as an argument; only `shared/wiring` and the entry points pass the machine's
 * clock.
 */
export type Clock = () => EpochSeconds;

/** The clock of the machine, rounded down to whole seconds. */
export const systemClock: Clock = () => Math.floor(Date.now() / 1000) as EpochSeconds;

/** Parses a time of a token or a row: a whole number that JavaScript represents exactly. */
export const epochSecondsSchema = z.pipe(
  z.int(),
  z.transform((seconds) => seconds as EpochSeconds),
);

/** Returns the time that lies `seconds` after `time`, or before it if `seconds` is negative. */
export const addSeconds = (time: EpochSeconds, seconds: number): EpochSeconds => (time + seconds) as EpochSeconds;

/** Returns the earlier of two times. */
export const earliest = (a: EpochSeconds, b: EpochSeconds): EpochSeconds => (a < b ? a : b);

/** Returns the later of two times. */
export const latest = (a: EpochSeconds, b: EpochSeconds): EpochSeconds => (a > b ? a : b);

/**
 * Formats a time as the API and the log write it: RFC 3339 in UTC with whole seconds.
 * @example toRfc3339(0 as EpochSeconds) // "1970-01-01T00:00:00Z"
 */
export const toRfc3339 = (time: EpochSeconds): string => new Date(time * 1000).toISOString().replace(".000Z", "Z");
