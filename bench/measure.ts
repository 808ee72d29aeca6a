/** A function to measure. The function throws if it did not do its work, because the time of a failure means nothing. */
export type Contender = { readonly name: string; readonly run: () => Promise<unknown> };

/** The median time of one run. */
export type Measurement = { readonly name: string; readonly microseconds: number };

/** Many short rounds: on a busy machine most rounds are not interrupted. */
const ROUNDS = 400;
const RUNS_A_ROUND = 15;
const WARM_UP_ROUNDS = 100;

/**
 * Measures the median time of one run of each contender. The contenders take turns, round by round, so that other load of the machine
 * affects all of them. Compare the figures of one call only.
 */
export const measure = async (contenders: readonly Contender[]): Promise<readonly Measurement[]> => {
  const rounds = new Map<string, number[]>(contenders.map(({ name }) => [name, []]));
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
    for (const { name, run } of contenders) {
      const start = performance.now();
      for (let i = 0; i < RUNS_A_ROUND; i++) await run();
      const microseconds = ((performance.now() - start) * 1000) / RUNS_A_ROUND;
      if (round >= 0) rounds.get(name)?.push(microseconds);
    }
  }
  return contenders.map(({ name }) => ({ name, microseconds: median(rounds.get(name) ?? []) }));
};

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
