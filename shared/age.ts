import { type EpochSeconds, systemClock } from "./time.ts";

/** The readings of two clocks at one moment. An age is the difference between two moments. */
export type Moment = {
  readonly wall: EpochSeconds;
  /** Seconds on a clock that does not step back. Only differences have a meaning. */
  readonly monotonic: number;
};

/** Returns the present moment. Code that computes an age takes this clock as an argument, so that tests can move both clocks. */
export type MomentClock = () => Moment;

/** The two clocks of the machine. */
export const systemMoment: MomentClock = () => ({ wall: systemClock(), monotonic: performance.now() / 1000 });

/** Wall times are whole seconds, and a gradual correction of the clock moves it by less than this between two readings. */
const TOLERANCE_SECONDS = 2;

/**
 * Computes the age of a value that was read at `since`. The result is never less than the true age, as far as the two clocks
 * show.
 *
 * One clock is not enough. If the wall clock is corrected backwards, a value looks younger than it is. The monotonic clock may
 * stand still while Lambda has frozen the execution environment (hashicorp/vault-lambda-extension#150). So the larger
 * difference counts. If the wall clock has stepped back since `since`, the time that has passed on the clocks of other machines
 * is unknown. Then the age is infinite, and the value must be read again.
 *
 * @returns seconds, with fractions; `Infinity` if the wall clock has stepped back
 * @example ageSeconds({ wall: 100, monotonic: 5 }, { wall: 160, monotonic: 65 }) // 60
 */
export const ageSeconds = (since: Moment, now: Moment): number => {
  const wall = now.wall - since.wall;
  const monotonic = now.monotonic - since.monotonic;
  return wall < monotonic - TOLERANCE_SECONDS ? Infinity : Math.max(wall, monotonic, 0);
};
