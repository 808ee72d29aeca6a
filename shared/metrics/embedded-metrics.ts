import type { EpochSeconds } from "../time.ts";

/** One metric that a line of the log carries, with the fields of the line it is also told apart by. */
export type EmbeddedMetric = {
  readonly name: string;
  readonly unit: "Count" | "Milliseconds" | "Seconds";
  /** Several for values gathered over a time. */
  readonly value: number | readonly number[];
  readonly by?: readonly string[];
};

/**
 * Adds metrics to a line of the log, from which CloudWatch takes them without a call of ours ("Embedded metric format
 * specification"). A line without metrics is left as it is.
 */
export const embedMetrics = (
  line: Readonly<Record<string, unknown>>,
  metrics: readonly EmbeddedMetric[],
  namespace: string,
  now: EpochSeconds,
): Readonly<Record<string, unknown>> => {
  if (metrics.length === 0) return line;
  const values = Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
  return {
    ...line,
    ...values,
    _aws: {
      Timestamp: now * 1000,
      CloudWatchMetrics: metrics.map(({ name, unit, by }) => ({
        Namespace: namespace,
        Dimensions: by === undefined ? [[]] : [[], by],
        Metrics: [{ Name: name, Unit: unit }],
      })),
    },
  };
};
