import type { Line } from "../log/listed-fields.ts";
import { printLine } from "../log/print-line.ts";
import type { Clock } from "../time.ts";

/** One metric of one event, or the values of one metric gathered over a time. */
export type Metric = {
  readonly name: string;
  readonly unit: "Count" | "Milliseconds" | "Seconds";
  /** One value, or at most `MAX_VALUES` values. A longer list is cut. */
  readonly value: number | readonly number[];
  /** The log fields whose values are further dimensions of the metric. @default only the dimension `service` */
  readonly by?: readonly string[];
};

/** The text that a line holds beside its metrics. */
export type MetricContext = {
  /** The fields of the log line, which give the values of the dimensions. @default none, so there are no further dimensions */
  readonly fields?: Line;
  /** Further members of each line. @default none */
  readonly note?: Readonly<Record<string, string>>;
};

/** Writes metrics to the log. CloudWatch reads them from there. */
export type PublishMetrics = (metrics: readonly Metric[], context?: MetricContext) => void;

/** CloudWatch accepts at most 100 values of one metric in a line. One less is safe if that limit is exclusive. */
export const MAX_VALUES = 99;

/** The value of the dimension `service` of every metric. The dashboard and the alarms name the same value. */
const SERVICE = "latchkey";

/**
 * Creates a publisher of metrics. Each call writes its lines before it returns, in CloudWatch's embedded metric format
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html).
 * All metrics without `by` share one line. Each metric with `by` has its own line, because the dimensions of a line apply to all
 * its metrics.
 *
 * @param namespace the namespace of the metrics in CloudWatch
 * @example metricsPublisher("Latchkey/dev", systemClock)([{ name: "KeyAge", unit: "Seconds", value: 3600 }])
 */
export const metricsPublisher = (namespace: string, clock: Clock): PublishMetrics => {
  const publish = (metrics: readonly Metric[], dimensions: Record<string, string>, note: object): void => {
    const filled = metrics.filter(({ value }) => typeof value === "number" || value.length > 0);
    if (filled.length === 0) return;
    const names = Object.keys(dimensions);
    printLine({
      _aws: {
        Timestamp: clock() * 1000,
        CloudWatchMetrics: [
          {
            Namespace: namespace,
            // Without further dimensions the metric counts all events, with them the events of each value.
            Dimensions: names.length === 0 ? [["service"]] : [["service"], ["service", ...names]],
            Metrics: filled.map(({ name, unit }) => ({ Name: name, Unit: unit })),
          },
        ],
      },
      service: SERVICE,
      ...dimensions,
      ...note,
      ...Object.fromEntries(filled.map(({ name, value }) => [name, toMember(value)])),
    });
  };

  return (metrics, { fields = {}, note = {} } = {}) => {
    publish(
      metrics.filter(({ by }) => by === undefined),
      {},
      note,
    );
    for (const metric of metrics) if (metric.by !== undefined) publish([metric], toDimensions(metric.by, fields), note);
  };
};

/** A single value stands alone, several stand in a list. */
const toMember = (value: Metric["value"]): Metric["value"] => {
  const values = [value].flat().slice(0, MAX_VALUES);
  return values.length === 1 ? (values[0] ?? values) : values;
};

/** Returns no dimension unless every field is a text, because CloudWatch accepts no other value of a dimension. */
const toDimensions = (by: readonly string[], fields: Line): Record<string, string> => {
  const dimensions: Record<string, string> = {};
  for (const name of by) {
    const value = fields[name];
    if (typeof value !== "string" || value === "") return {};
    dimensions[name] = value;
  }
  return dimensions;
};
