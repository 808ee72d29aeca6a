/** The time of the gateway and of every function: the time of the machine plus an offset. */
export type Clock = {
  /** Returns epoch milliseconds. */
  now(): number;
  /** Returns the offset in whole seconds. */
  offsetSeconds(): number;
  /**
   * Adds to the offset.
   * @param seconds a whole number, zero or more
   */
  advance(seconds: number): void;
  /** Contains the offset in seconds as one Int32. Worker threads share the buffer, so that they see a move at once. */
  readonly shared: SharedArrayBuffer;
};

/** Creates a clock with offset zero. */
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
