import type { Clock, EpochSeconds } from "../../shared/time.ts";

/** The time of tests that need one: 2027-01-15T08:00:00Z. */
export const NOW = 1_800_000_000 as EpochSeconds;

/** A clock that stands still until the test moves it. */
export const aClock = (
  start: EpochSeconds = NOW,
): { readonly now: Clock; readonly advance: (seconds: number) => void } => {
  let time: number = start;
  return {
    now: () => time as EpochSeconds,
    advance: (seconds) => {
      time += seconds;
    },
  };
};
