import { type EpochSeconds, systemClock } from "./time.ts";

/** What two clocks show at one moment. An age is measured between two moments. */
export type Moment = {
  readonly wall: EpochSeconds;
  /** Seconds on a clock that does not step back. Only differences have a meaning. */
  readonly monotonic: number;
};

/** Tells the present moment. Everything that remembers how old a value is takes one, so that tests can move both clocks. */
export type MomentClock = () => Moment;

export const systemMoment: MomentClock = () => ({ wall: systemClock(), monotonic: performance.now() / 1000 });

/** Wall times are whole seconds, and a clock that is corrected gently moves by less than this between two readings. */
const TOLERANCE_SECONDS = 2;

/**
 * How old a value is that was read at `since`: never less than its true age, as far as the two clocks can tell.
 *
 * One clock is not enough. The wall clock may be corrected, so that a value looks younger than it is. The monotonic clock
 * may stand still while Lambda has frozen the execution environment (hashicorp/vault-lambda-extension#150). So the
 * larger difference counts. If the wall clock has stepped back since, nobody knows how long ago `since` was by the time of
 * others: the age is infinite, and the value must be read again.
 *
 * @returns seconds, with fractions; `Infinity` if the wall clock has stepped back
 */
export const ageSeconds = (since: Moment, now: Moment): number => {
  const wall = now.wall - since.wall;
  const monotonic = now.monotonic - since.monotonic;
  return wall < monotonic - TOLERANCE_SECONDS ? Infinity : Math.max(wall, monotonic, 0);
};
