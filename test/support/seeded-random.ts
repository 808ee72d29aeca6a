import { onTestFailed } from "vitest";

/** The seed of every run of `npm test`. `LATCHKEY_SEED` sets another. */
const SEED = Number(process.env["LATCHKEY_SEED"] ?? 20_260);

/** A source of random numbers that repeats itself for the same seed. */
export type SeededRandom = {
  /** An integer of at least 0 and less than `bound`. */
  readonly below: (bound: number) => number;
  /** True with this probability. */
  readonly chance: (probability: number) => boolean;
  /** A new source. Each process that runs concurrently needs its own source, because their order in time may change. */
  readonly fork: () => SeededRandom;
};

/** Creates the source of random numbers of the running test. If the test fails, prints the seed. */
export const aSeededRandom = (): SeededRandom => {
  onTestFailed(() => console.error(`The seed of this test is ${SEED}: LATCHKEY_SEED=${SEED}`));
  return createSeededRandom(SEED);
};

/** Mulberry32. It passes the statistical tests of gjrand, and a test needs no more. */
const createSeededRandom = (seed: number): SeededRandom => {
  let state = seed;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  return {
    below: (bound) => Math.floor((next() / 2 ** 32) * bound),
    chance: (probability) => next() / 2 ** 32 < probability,
    fork: () => createSeededRandom(next()),
  };
};
