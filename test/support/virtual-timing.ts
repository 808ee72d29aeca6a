import type { Timing } from "../../shared/deadline.ts";

/** Timers that the test controls. A deadline passes at once, and never because the machine is slow. */
export const virtualTiming = () => {
  let now = 0;
  const timers = new Set<{ readonly at: number; readonly run: () => void }>();
  const timing: Timing = {
    now: () => now,
    after: (milliseconds, run) => {
      const timer = { at: now + milliseconds, run };
      timers.add(timer);
      return () => timers.delete(timer);
    },
  };
  return {
    timing,
    now: timing.now,
    /** Moves the time forward until the next timer runs, if a timer is set. */
    passToNextTimer: () => {
      if (timers.size === 0) return;
      now = Math.max(now, Math.min(...[...timers].map(({ at }) => at)));
      for (const timer of timers) {
        if (timer.at > now) continue;
        timers.delete(timer);
        timer.run();
      }
    },
  };
};
