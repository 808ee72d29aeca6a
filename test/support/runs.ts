const long = process.env["LATCHKEY_LONG_RUNS"];

/** Whether `npm run test:long` runs the tests. */
export const isLongSearch = long !== undefined;

/**
 * The parameters of a random search. `npm test` runs a few hundred runs with a fixed seed, so that the result depends on the code alone.
 * `npm run test:long` sets `LATCHKEY_LONG_RUNS` and searches from a random seed. A failure reports the seed.
 * @param longShare the share of the long search, for a suite with several searches
 */
export const searchRuns = (shortRuns: number, longShare = 1): { readonly numRuns: number; readonly seed?: number } =>
  long === undefined ? { numRuns: shortRuns, seed: 20_260 } : { numRuns: Math.ceil(Number(long) * longShare) };
