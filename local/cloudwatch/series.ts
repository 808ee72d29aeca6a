/** The length of one point of a graph, in seconds. */
export const POINT_SECONDS = 10;
/** The number of points that are stored. Together they are ten minutes. */
export const POINTS = 60;

/** How the values of one point become one number. */
export type Statistic = "Sum" | "Maximum" | { readonly percentile: number };

/** Dimensions of a metric by name. Metrics with the same name and different dimensions are different metrics. */
export type Dimensions = Readonly<Record<string, string>>;

/** The values of metrics of the last ten minutes. */
export type Series = {
  /** Adds values to the present point. */
  add(name: string, values: readonly number[], dimensions?: Dimensions): void;
  /**
   * Returns one value for each point, the oldest first. Without values, a sum is 0, a maximum is the last maximum, and a percentile
   * is undefined.
   */
  read(name: string, statistic: Statistic, dimensions?: Dimensions): readonly (number | undefined)[];
  /** Returns all combinations of dimensions of a metric. */
  kinds(name: string): readonly Dimensions[];
};

/**
 * Creates a store of metrics without values.
 * @param now returns epoch milliseconds
 */
export const createSeries = (now: () => number): Series => {
  const metrics = new Map<string, Map<string, Map<number, number[]>>>();
  const point = () => Math.floor(now() / 1000 / POINT_SECONDS);

  return {
    add: (name, values, dimensions = {}) => {
      const by = toKey(dimensions);
      const kinds = metrics.get(name) ?? new Map<string, Map<number, number[]>>();
      const points = kinds.get(by) ?? new Map<number, number[]>();
      metrics.set(name, kinds.set(by, points));
      points.set(point(), [...(points.get(point()) ?? []), ...values]);
      for (const old of points.keys()) if (old <= point() - POINTS) points.delete(old);
    },
    read: (name, statistic, dimensions = {}) => {
      const points = metrics.get(name)?.get(toKey(dimensions));
      if (points === undefined) return Array<undefined>(POINTS).fill(undefined);
      const first = point() - POINTS + 1;
      const latest = Math.max(...[...points.keys()].filter((time) => time < first));
      let last = statistic === "Maximum" ? summarize(points.get(latest), statistic) : undefined;
      return Array.from({ length: POINTS }, (_, index) => {
        const value = summarize(points.get(first + index), statistic);
        if (statistic === "Sum") return value ?? 0;
        if (statistic === "Maximum") last = value ?? last;
        return statistic === "Maximum" ? last : value;
      });
    },
    kinds: (name) => [...(metrics.get(name)?.keys() ?? [])].sort().map(parseDimensions),
  };
};

const toKey = (dimensions: Dimensions): string => JSON.stringify(Object.entries(dimensions).sort());
const parseDimensions = (key: string): Dimensions => Object.fromEntries(JSON.parse(key));

const summarize = (values: readonly number[] | undefined, statistic: Statistic): number | undefined => {
  if (values === undefined || values.length === 0) return undefined;
  if (statistic === "Sum") return values.reduce((sum, value) => sum + value, 0);
  if (statistic === "Maximum") return Math.max(...values);
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((statistic.percentile / 100) * sorted.length))];
};
