const long = process.env["LATCHKEY_LONG_RUNS"];

/** Whether this is `npm run test:long`. */
export const isLongSearch = long !== undefined;

/**
 * How far a search goes. `npm test` repeats the same few hundred runs, so that it fails for a change and not for bad luck;
 * `npm run test:long` sets `LATCHKEY_LONG_RUNS` and searches from a random seed, which a failure reports.
 * @param longShare of the long search, where one of several searches of a suite takes a part of it
 */
export const searchRuns = (shortRuns: number, longShare = 1): { readonly numRuns: number; readonly seed?: number } =>
  long === undefined ? { numRuns: shortRuns, seed: 20_260 } : { numRuns: Math.ceil(Number(long) * longShare) };
