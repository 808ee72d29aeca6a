import { setImmediate } from "node:timers/promises";

/** Lets asynchronous calls take effect one at a time in an order drawn from `seed`: every interleaving is as likely as any. */
export const randomOrder = (seed: number) => {
  const pending: (() => Promise<void>)[] = [];
  let state = seed;
  const draw = (below: number): number => {
    // A linear congruential generator (Numerical Recipes 7.1): the same seed draws the same order.
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  return {
    draw,
    /** `call`, taking effect when its turn comes. */
    inTurn:
      <Given extends readonly unknown[], Answer>(call: (...given: Given) => Promise<Answer>) =>
      (...given: Given): Promise<Answer> =>
        new Promise((resolve, reject) => {
          pending.push(() => call(...given).then(resolve, reject));
        }),
    /** Gives turns until nobody waits for one. */
    untilDone: async (): Promise<void> => {
      await setImmediate();
      while (pending.length > 0) {
        await pending.splice(draw(pending.length), 1)[0]?.();
        await setImmediate();
      }
    },
  };
};
