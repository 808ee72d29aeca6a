/** Something that is run again and again. It throws where it did not do its work: a refusal is no time. */
export type Contender = { readonly name: string; readonly run: () => Promise<unknown> };

export type Measurement = { readonly name: string; readonly microseconds: number };

/** Many and short: on a busy machine most of them still run from end to end without being put aside. */
const ROUNDS = 400;
const RUNS_A_ROUND = 15;
const WARM_UP_ROUNDS = 100;

/**
 * The median time of one run for each contender. They take turns round by round, so that whatever else the machine does
 * hits all of them; a figure means something beside the others of the same call only.
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
