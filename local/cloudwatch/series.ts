/** Seconds that one point of a plot stands for, and how many points are kept: ten minutes. */
export const POINT_SECONDS = 10;
export const POINTS = 60;

export type Statistic = "Sum" | "Maximum" | { readonly percentile: number };

/** What a metric is told apart by, name and value: metrics of one name and other dimensions have nothing to do with each other. */
export type Dimensions = Readonly<Record<string, string>>;

/** Values of metrics as they come, for the last minutes. */
export type Series = {
  /** @param dimensions @default none */
  add(name: string, values: readonly number[], dimensions?: Dimensions): void;
  /** One value a point, the oldest first; undefined where nothing is known. Nothing adds up to 0, and a maximum stays. */
  read(name: string, statistic: Statistic, dimensions?: Dimensions): readonly (number | undefined)[];
  /** The dimensions that a metric has come with. */
  kinds(name: string): readonly Dimensions[];
};

/** @param now epoch milliseconds */
export const createSeries = (now: () => number): Series => {
  const metrics = new Map<string, Map<string, Map<number, number[]>>>();
  const point = () => Math.floor(now() / 1000 / POINT_SECONDS);

  return {
    add: (name, values, dimensions = {}) => {
      const by = getKey(dimensions);
      const kinds = metrics.get(name) ?? new Map<string, Map<number, number[]>>();
      const points = kinds.get(by) ?? new Map<number, number[]>();
      metrics.set(name, kinds.set(by, points));
      points.set(point(), [...(points.get(point()) ?? []), ...values]);
      for (const old of points.keys()) if (old <= point() - POINTS) points.delete(old);
    },
    read: (name, statistic, dimensions = {}) => {
      const points = metrics.get(name)?.get(getKey(dimensions));
      if (points === undefined) return Array<undefined>(POINTS).fill(undefined);
      const first = point() - POINTS + 1;
      const latest = Math.max(...[...points.keys()].filter((time) => time < first));
      let last = statistic === "Maximum" ? summary(points.get(latest), statistic) : undefined;
      return Array.from({ length: POINTS }, (_, index) => {
        const value = summary(points.get(first + index), statistic);
        if (statistic === "Sum") return value ?? 0;
        if (statistic === "Maximum") last = value ?? last;
        return statistic === "Maximum" ? last : value;
      });
    },
    kinds: (name) => [...(metrics.get(name)?.keys() ?? [])].sort().map(toDimensions),
  };
};

const getKey = (dimensions: Dimensions): string => JSON.stringify(Object.entries(dimensions).sort());
const toDimensions = (key: string): Dimensions => Object.fromEntries(JSON.parse(key));

const summary = (values: readonly number[] | undefined, statistic: Statistic): number | undefined => {
  if (values === undefined || values.length === 0) return undefined;
  if (statistic === "Sum") return values.reduce((sum, value) => sum + value, 0);
  if (statistic === "Maximum") return Math.max(...values);
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((statistic.percentile / 100) * sorted.length))];
};
