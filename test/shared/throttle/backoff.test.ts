import { describe, expect, it } from "vitest";
import { type AttemptRecord, delayAfter, delaySteps, evaluateAttempt } from "../../../shared/throttle/backoff.ts";
import { addSeconds } from "../../../shared/time.ts";
import { guessing } from "../../support/throttle.ts";
import { NOW } from "../../support/time.ts";

const aRecord = (failures: number): AttemptRecord => ({
  failures,
  lastAttemptAt: NOW,
  expiresAt: addSeconds(NOW, guessing.memorySeconds),
});

const evaluateAfter = (failures: number, seconds: number) =>
  evaluateAttempt(aRecord(failures), addSeconds(NOW, seconds), guessing);

describe("the back-off (B1)", () => {
  it("has no delay before ten failures, then 30 s, doubling up to an hour", () => {
    const waits = Array.from({ length: 21 }, (_, failures) => delayAfter(failures, guessing));
    expect(waits).toEqual([...Array(10).fill(0), ...[30, 60, 120, 240, 480, 960, 1920], ...[3600, 3600, 3600, 3600]]);
  });

  it("is the same as a list, which ends where the delay no longer grows", () => {
    expect(delaySteps(guessing).map(({ failures, seconds }) => [failures, seconds])).toEqual(
      Array.from({ length: 8 }, (_, index) => [10 + index, delayAfter(10 + index, guessing)]),
    );
    expect(delaySteps({ ...guessing, initialBackoffSeconds: 60, maxBackoffSeconds: 60 })).toHaveLength(1);
    expect(delaySteps({ ...guessing, initialBackoffSeconds: 0 })).toHaveLength(91);
  });

  it.each([
    [9, 0],
    [10, 30],
    [11, 60],
    [16, 1920],
    [17, 3600],
    [99, 3600],
  ])("admits an attempt after %i failures and %i s, and not a second sooner", (failures, seconds) => {
    expect(evaluateAfter(failures, seconds)).toEqual({ admitted: true });
    if (seconds > 0)
      expect(evaluateAfter(failures, seconds - 1)).toEqual({
        admitted: false,
        retryAfterSeconds: 1,
        isLockedOut: false,
      });
  });

  it("admits no attempt after a hundred failures in a row, until the record expires", () => {
    const { memorySeconds } = guessing;
    const retryAfterSeconds = memorySeconds - 86_400;
    expect(evaluateAfter(100, 86_400)).toEqual({ admitted: false, retryAfterSeconds, isLockedOut: true });
    expect(evaluateAfter(100, memorySeconds)).toEqual({ admitted: true });
  });

  it("admits an attempt without a record", () => {
    expect(evaluateAttempt(undefined, NOW, guessing)).toEqual({ admitted: true });
  });
});
