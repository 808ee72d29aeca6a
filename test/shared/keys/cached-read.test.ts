import { describe, expect, it } from "vitest";
import { cachedRead } from "../../../shared/keys/cached-read.ts";
import { aClock } from "../../support/time.ts";

const AGE = { refreshAfterSeconds: 60, failAfterSeconds: 900, coolDownSeconds: 10 };

/** Creates a source that returns the number of its reads, and that fails while the test says so. */
const setUp = () => {
  const clock = aClock();
  let reads = 0;
  let failing = false;
  const cached = cachedRead(
    async () => {
      reads++;
      if (failing) throw new Error("unreachable");
      return reads;
    },
    { moment: clock.moment, ...AGE },
  );
  return {
    cached,
    advance: clock.advance,
    step: clock.step,
    reads: () => reads,
    fail: (fails: boolean) => {
      failing = fails;
    },
  };
};

describe("a cached read", () => {
  it("reads once for all parallel callers, and again when the value is old", async () => {
    const { cached, advance, reads } = setUp();
    expect(await Promise.all(Array.from({ length: 50 }, () => cached.get()))).toEqual(Array(50).fill(1));
    advance(59);
    expect(await cached.get()).toBe(1);
    advance(1);
    expect(await Promise.all([cached.get(), cached.get(), cached.reload()])).toEqual([2, 2, 2]);
    expect(reads()).toBe(2);
  });

  it("reloads at most once in the cool-down time, for any number of calls (K4)", async () => {
    const { cached, advance, reads } = setUp();
    await cached.get();
    advance(10);
    for (let asked = 0; asked < 1000; asked++) await cached.reload();
    expect(reads()).toBe(2);
    advance(9);
    await Promise.all(Array.from({ length: 1000 }, () => cached.reload()));
    expect(reads()).toBe(2);
    advance(1);
    await Promise.all(Array.from({ length: 1000 }, () => cached.reload()));
    expect(reads()).toBe(3);
  });

  it("returns the old value while the source fails, reads once in the cool-down time, and returns the new value when the source works again", async () => {
    const { cached, advance, reads, fail } = setUp();
    await cached.get();
    fail(true);
    advance(60);
    for (let asked = 0; asked < 100; asked++) expect(await cached.get()).toBe(1);
    expect(reads()).toBe(2);
    advance(10);
    for (let asked = 0; asked < 100; asked++) expect(await cached.get()).toBe(1);
    expect(reads()).toBe(3);
    fail(false);
    advance(10);
    expect(await cached.get()).toBe(4);
  });

  it("throws when the old value is too old (A6)", async () => {
    const { cached, advance, fail } = setUp();
    await cached.get();
    fail(true);
    advance(899);
    expect(await cached.get()).toBe(1);
    advance(1);
    await expect(cached.get()).rejects.toThrow("unreachable");
    fail(false);
    expect(await cached.get()).toBeGreaterThan(1);
  });

  it("throws if no read has succeeded, and reads again for the next caller (A6)", async () => {
    const { cached, fail } = setUp();
    fail(true);
    await expect(cached.get()).rejects.toThrow("unreachable");
    fail(false);
    expect(await cached.get()).toBe(2);
  });

  it("reads again after the wall clock has stepped back, so that no value exceeds its age (A7)", async () => {
    const { cached, advance, step } = setUp();
    expect(await cached.get()).toBe(1);
    advance(5);
    step(-120);
    expect(await cached.get()).toBe(2);
    advance(59);
    expect(await cached.get()).toBe(2);
    advance(1);
    expect(await cached.get()).toBe(3);
  });

  it("reads again if only the wall clock has moved, as in a frozen execution environment (A7)", async () => {
    const { cached, step } = setUp();
    expect(await cached.get()).toBe(1);
    step(60);
    expect(await cached.get()).toBe(2);
  });

  it("reads again after the wall clock stepped back by the time that passed (A7)", async () => {
    const { cached, advance, step } = setUp();
    expect(await cached.get()).toBe(1);
    advance(60);
    step(-60);
    expect(await cached.get()).toBe(2);
  });

  it("throws if the wall clock stepped back and the source cannot be read (A6)", async () => {
    const { cached, step, fail } = setUp();
    await cached.get();
    fail(true);
    step(-120);
    await expect(cached.get()).rejects.toThrow("unreachable");
  });

  it("reloads after a step back of the wall clock, and only once (K4, A7)", async () => {
    const { cached, step, reads } = setUp();
    await cached.get();
    step(-120);
    for (let asked = 0; asked < 1000; asked++) await cached.reload();
    expect(reads()).toBe(2);
  });
});
