import { Metrics } from "@aws-lambda-powertools/metrics";
import { METRICS_SERVICE } from "../contract/metrics.ts";
import type { Line } from "../log/listed-fields.ts";
import { printLine } from "../log/print-line.ts";
import type { Clock } from "../time.ts";

export type Metric = {
  readonly name: string;
  readonly unit: "Count" | "Milliseconds" | "Seconds";
  /** Several for values gathered over a time: `MAX_VALUES` at most. */
  readonly value: number | readonly number[];
  /** Fields that it is also told apart by. */
  readonly by?: readonly string[];
};

export type MetricContext = {
  /** Where the values of `by` are: what was written, never what was given. @default none, so nothing is told apart */
  readonly fields?: Line;
  /** Texts that the lines also say. @default none */
  readonly note?: Readonly<Record<string, string>>;
};

/** Writes metrics to the log, where CloudWatch takes them from without a call of ours ("Embedded metric format"). */
export type PublishMetrics = (metrics: readonly Metric[], context?: MetricContext) => void;

/** One below what CloudWatch takes of a metric in a line: at the hundredth Powertools would publish by itself, half a line. */
export const MAX_VALUES = 99;

/** Its warnings are no JSON, and about what the tests hold: that something is published, and that the time is about now. */
const unheard = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/**
 * Each call is published before it returns, in one line for all that is not told apart and one for each metric that is:
 * the dimensions of a line are those of all its metrics. So nothing stays for the next event, and no middleware is needed.
 */
export const metricsPublisher = (namespace: string, clock: Clock): PublishMetrics => {
  const line = new Metrics({ namespace, serviceName: METRICS_SERVICE, logger: unheard });

  const publish = (metrics: readonly Metric[], dimensions: Record<string, string> | undefined, note: object): void => {
    line.setTimestamp(clock() * 1000);
    // The empty set stands for all of them together.
    if (dimensions !== undefined) line.addDimensions({}).addDimensions(dimensions);
    for (const [name, text] of Object.entries(note)) line.addMetadata(name, text);
    for (const { name, unit, value } of metrics) {
      for (const each of [value].flat().slice(0, MAX_VALUES)) line.addMetric(name, unit, each);
    }
    // Not by `publishStoredMetrics`, which would print the note as it is (G4).
    if (line.hasStoredMetrics()) printLine(line.serializeMetrics());
    line.clearMetrics();
    line.clearDimensions();
    line.clearMetadata();
  };

  return (metrics, { fields = {}, note = {} } = {}) => {
    const together = metrics.filter(({ by }) => by === undefined);
    if (together.length > 0) publish(together, undefined, note);
    for (const metric of metrics) if (metric.by !== undefined) publish([metric], toDimensions(metric.by, fields), note);
  };
};

/** Undefined unless every field is a text: CloudWatch takes no other dimension. */
const toDimensions = (by: readonly string[], fields: Line): Record<string, string> | undefined => {
  const dimensions: Record<string, string> = {};
  for (const name of by) {
    const value = fields[name];
    if (typeof value !== "string" || value === "") return undefined;
    dimensions[name] = value;
  }
  return dimensions;
};
