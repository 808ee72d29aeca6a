import { describe, expect, it } from "vitest";
import { type ScheduledFunction, startScheduler } from "../../../local/eventbridge/schedules.ts";
import { createClock } from "../../../local/support/clock.ts";

const HOUR = 3600;

/** Moves a clock and lists the functions that ran, with the hours since the start. */
const runsWhile = async (schedules: readonly ScheduledFunction[], ...moves: readonly number[]) => {
  const clock = createClock();
  const runs: [name: string, hours: number][] = [];
  const scheduler = startScheduler(schedules, clock, async (name) => {
    runs.push([name, Math.floor(clock.offsetSeconds() / HOUR)]);
  });
  for (const seconds of moves) await scheduler.advance(seconds);
  scheduler.stop();
  return { runs, offsetSeconds: clock.offsetSeconds() };
};

const hourly = { functionName: "hourly", periodSeconds: HOUR };
const everyTwoHours = { functionName: "two", periodSeconds: 2 * HOUR };

describe("functions on a schedule, while the time is moved", () => {
  it("run at the times at which they are due, in order", async () => {
    const { runs, offsetSeconds } = await runsWhile([everyTwoHours, hourly], 4 * HOUR + 10);
    expect(runs.filter(([name]) => name === "hourly")).toEqual([1, 2, 3, 4].map((hours) => ["hourly", hours]));
    expect(runs.filter(([name]) => name === "two")).toEqual([2, 4].map((hours) => ["two", hours]));
    expect(offsetSeconds).toBe(4 * HOUR + 10);
  });

  it("do not run before their first period is over", async () => {
    expect((await runsWhile([hourly], HOUR - 10)).runs).toEqual([]);
  });

  it("count their period over several moves", async () => {
    expect((await runsWhile([hourly], HOUR - 10, 20, HOUR - 20, 20)).runs).toEqual([
      ["hourly", 1],
      ["hourly", 2],
    ]);
  });

  it("skip runs evenly in a long move, which ends at the right time", async () => {
    const month = 31 * 24 * HOUR;
    const { runs, offsetSeconds } = await runsWhile([hourly], month);
    const hours = runs.map(([, hour]) => hour);
    const gaps = new Set(hours.slice(1).map((hour, index) => hour - (hours[index] ?? 0)));
    expect(runs.length).toBeGreaterThan(40);
    expect(runs.length).toBeLessThanOrEqual(48);
    expect(gaps.size).toBe(1);
    expect(offsetSeconds).toBe(month);
  });

  it("do not change a move without schedules", async () => {
    expect(await runsWhile([], 90)).toEqual({ runs: [], offsetSeconds: 90 });
  });

  it("run once each in parallel moves", async () => {
    const clock = createClock();
    const seen: number[] = [];
    const scheduler = startScheduler([hourly], clock, async () => {
      seen.push(clock.offsetSeconds());
    });
    await Promise.all([scheduler.advance(HOUR + 1), scheduler.advance(HOUR + 1)]);
    scheduler.stop();
    expect(seen).toHaveLength(2);
    expect(clock.offsetSeconds()).toBe(2 * HOUR + 2);
  });
});
