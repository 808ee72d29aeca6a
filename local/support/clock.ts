/** The time that the gateway and every function live in: the machine's, moved forward on request. */
export type Clock = {
  /** Epoch milliseconds. */
  now(): number;
  /** Whole seconds by which this clock is ahead of the machine's. */
  offsetSeconds(): number;
  /** @param seconds whole, zero or more */
  advance(seconds: number): void;
  /** Holds the offset, in seconds, as one Int32: how worker threads see a move at once. */
  readonly shared: SharedArrayBuffer;
};

export const createClock = (): Clock => {
  const shared = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  const offset = new Int32Array(shared);
  const offsetSeconds = () => Atomics.load(offset, 0);
  return {
    shared,
    offsetSeconds,
    now: () => Date.now() + offsetSeconds() * 1000,
    advance: (seconds) => {
      Atomics.add(offset, 0, seconds);
    },
  };
};
