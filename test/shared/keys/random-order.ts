import { setImmediate } from "node:timers/promises";

/**
 * Lets asynchronous calls take effect one at a time in a random order that `seed` determines. Every order has the same
 * probability.
 */
export const randomOrder = (seed: number) => {
  const pending: (() => Promise<void>)[] = [];
  let state = seed;
  const draw = (below: number): number => {
    // A linear congruential generator (Numerical Recipes 7.1). The same seed gives the same order.
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  return {
    draw,
    /** Wraps `call`, so that it takes effect when its turn comes. */
    inTurn:
      <Given extends readonly unknown[], Result>(call: (...given: Given) => Promise<Result>) =>
      (...given: Given): Promise<Result> =>
        new Promise((resolve, reject) => {
          pending.push(() => call(...given).then(resolve, reject));
        }),
    /** Gives turns until no call waits. */
    untilDone: async (): Promise<void> => {
      await setImmediate();
      while (pending.length > 0) {
        await pending.splice(draw(pending.length), 1)[0]?.();
        await setImmediate();
      }
    },
  };
};
