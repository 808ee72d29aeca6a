import type { MomentClock } from "../../shared/age.ts";
import type { Clock, EpochSeconds } from "../../shared/time.ts";

/** The time of tests that need one: 2027-01-15T08:00:00Z. */
export const NOW = 1_800_000_000 as EpochSeconds;

export type TestClock = {
  readonly now: Clock;
  /** The same time, with a monotonic clock beside it. */
  readonly moment: MomentClock;
  /** Lets time pass on both clocks. */
  readonly advance: (seconds: number) => void;
  /** Moves the wall clock alone: a correction, back if negative, or a freeze that the monotonic clock does not count. */
  readonly step: (seconds: number) => void;
};

/** A clock that stands still until the test moves it. */
export const aClock = (start: EpochSeconds = NOW): TestClock => {
  let wall: number = start;
  let monotonic = 1000;
  return {
    now: () => wall as EpochSeconds,
    moment: () => ({ wall: wall as EpochSeconds, monotonic }),
    advance: (seconds) => {
      wall += seconds;
      monotonic += seconds;
    },
    step: (seconds) => {
      wall += seconds;
    },
  };
};
