import { describe, expect, it } from "vitest";
import { DeadlineExceeded, inCleanUpTime, within, withinInvocation } from "../../shared/deadline.ts";
import { virtualTiming } from "../support/virtual-timing.ts";

const never = () => new Promise<never>(() => {});
const getContext = (remaining: () => number) => ({ getRemainingTimeInMillis: remaining });

describe("a deadline", () => {
  it("ends what takes longer, and aborts its signal (A7)", async () => {
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

  it("passes on what is done in time, and what fails in time", async () => {
    expect(await within(60_000, async () => "done")).toBe("done");
    await expect(within(60_000, () => Promise.reject(new RangeError("no")))).rejects.toThrow(RangeError);
  });

  it("never ends later than the one around it, which starts nothing once it has passed", async () => {
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
  it("has half a second for the response, and a second before it for clean-up only (A7)", async () => {
    let remaining = 10_000;
    const context = getContext(() => remaining);
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

  it("ends in time also when what stalls is no call (A7)", async () => {
    await expect(
      withinInvocation(
        getContext(() => 550),
        never,
      ),
    ).rejects.toThrow(DeadlineExceeded);
  });

  it("is not lengthened by a wall clock that steps back, by which the context counts (A7)", async () => {
    let remaining = 550;
    const work = withinInvocation(
      getContext(() => remaining),
      async () => {
        remaining = 120_000;
        return inCleanUpTime(() => within(60_000, never));
      },
    );
    await expect(work).rejects.toThrow(DeadlineExceeded);
  });
});
