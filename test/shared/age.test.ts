import { describe, expect, it } from "vitest";
import { ageSeconds } from "../../shared/age.ts";
import { aClock } from "../support/time.ts";

describe("an age", () => {
  it.each([
    ["both clocks agree", 10, 0, 10],
    ["the monotonic clock stood still in a frozen environment", 0, 300, 300],
    ["the wall clock was set forward", 10, 120, 130],
    ["the wall clock was corrected by a second", 10, -1, 10],
    ["the wall clock stepped back", 10, -120, Infinity],
    ["the wall clock stepped back by as much as has passed", 130, -120, Infinity],
    ["the wall clock was set forward and back", 10, 0, 10],
    ["no time has passed", 0, 0, 0],
  ])("is never less than the true age if %s (A7)", (_, passed, stepped, age) => {
    const clock = aClock();
    const since = clock.moment();
    clock.advance(passed);
    clock.step(stepped);
    expect(ageSeconds(since, clock.moment())).toBe(age);
  });
});
