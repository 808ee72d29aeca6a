import { describe, expect, it } from "vitest";
import { DeadlineExceeded, inCleanUpTime, within, withinInvocation } from "../../shared/deadline.ts";
import { virtualTiming } from "../support/virtual-timing.ts";

const never = () => new Promise<never>(() => {});
const createContext = (remaining: () => number) => ({ getRemainingTimeInMillis: remaining });

describe("a deadline", () => {
  it("stops waiting for longer work, and aborts the signal (A7)", async () => {
    const { timing, passToNextTimer } = virtualTiming();
    let signal: AbortSignal | undefined;
    const work = within(
      1000,
      (given) => {
        signal = given;
        return never();
      },
      timing,
    );
    passToNextTimer();
    await expect(work).rejects.toThrow(DeadlineExceeded);
    expect(signal?.aborted).toBe(true);
  });

  it("returns the result and throws the error of work that ends in time", async () => {
    expect(await within(60_000, async () => "done")).toBe("done");
    await expect(within(60_000, () => Promise.reject(new RangeError("no")))).rejects.toThrow(RangeError);
  });

  it("never ends later than the outer deadline, which starts no work after it has passed", async () => {
    const { timing, now, passToNextTimer } = virtualTiming();
    let started = 0;
    const work = within(
      100,
      async () => {
        const inner = within(1000, never, timing).catch((error: unknown) => error);
        passToNextTimer();
        expect(await inner).toBeInstanceOf(DeadlineExceeded);
        await within(1000, async () => started++, timing);
      },
      timing,
    );
    await expect(work).rejects.toThrow(DeadlineExceeded);
    expect([now(), started]).toEqual([100, 0]);
  });
});

describe("an invocation", () => {
  it("has half a second for the response, and one second before it only for clean-up (A7)", async () => {
    let remaining = 10_000;
    const context = createContext(() => remaining);
    const outcome = (run: () => Promise<unknown>) =>
      run().then(
        () => "made",
        (error: unknown) => (error instanceof DeadlineExceeded ? "not made" : error),
      );
    const call = () => within(1000, async () => {});
    await withinInvocation(context, async () => {
      remaining = 1501;
      expect(await outcome(call)).toBe("made");
      remaining = 1499;
      expect(await outcome(call)).toBe("not made");
      expect(await outcome(() => inCleanUpTime(call))).toBe("made");
      remaining = 499;
      expect(await outcome(() => inCleanUpTime(call))).toBe("not made");
    });
  });

  it("ends in time also if the stalled work is not a call to AWS (A7)", async () => {
    await expect(
      withinInvocation(
        createContext(() => 550),
        never,
      ),
    ).rejects.toThrow(DeadlineExceeded);
  });

  it("is not prolonged by a step back of the wall clock, which the context uses (A7)", async () => {
    let remaining = 550;
    const work = withinInvocation(
      createContext(() => remaining),
      async () => {
        remaining = 120_000;
        return inCleanUpTime(() => within(60_000, never));
      },
    );
    await expect(work).rejects.toThrow(DeadlineExceeded);
  });
});
