import type { MomentClock } from "../../shared/age.ts";
import type { Clock, EpochSeconds } from "../../shared/time.ts";

/** The time at which the clock of a test starts: 2027-01-15T08:00:00Z. */
export const NOW = 1_800_000_000 as EpochSeconds;

export type TestClock = {
  readonly now: Clock;
  /** The time of the wall clock and of the monotonic clock. */
  readonly moment: MomentClock;
  /** Moves both clocks forward. */
  readonly advance: (seconds: number) => void;
  /** Moves the wall clock only, back if negative. This simulates a correction of the clock or a freeze of the process. */
  readonly step: (seconds: number) => void;
};

/** Creates a clock that moves only when the test moves it. */
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
