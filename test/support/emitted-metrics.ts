import type { AuditEvent } from "../../shared/audit/audit.ts";
import { createAuthorizerMetrics } from "../../shared/metrics/authorizer-metrics.ts";
import { breachMetrics } from "../../shared/metrics/breach-metrics.ts";
import { keyMetrics } from "../../shared/metrics/key-metrics.ts";
import { metricsPublisher } from "../../shared/metrics/publish-metrics.ts";
import { createAudit } from "../../shared/wiring/audit.ts";
import { printedBy } from "./printed.ts";
import { caller } from "./session-library.ts";
import { aClock } from "./time.ts";

type Directive = {
  readonly Namespace: string;
  readonly Dimensions: readonly (readonly string[])[];
  readonly Metrics: readonly { Name: string }[];
};
type EmittedMetric = {
  readonly name: string;
  readonly namespace: string;
  /** The sets of dimensions with their values. */
  readonly dimensions: readonly Readonly<Record<string, unknown>>[];
};

/** Reads the metrics from the lines of a log. */
export const metricsIn = (lines: readonly string[]): readonly EmittedMetric[] =>
  lines.flatMap((line) => {
    const fields = JSON.parse(line);
    const directives: readonly Directive[] = fields._aws?.CloudWatchMetrics ?? [];
    return directives.flatMap(({ Namespace, Dimensions, Metrics }) =>
      Metrics.map(({ Name }) => ({
        name: Name,
        namespace: Namespace,
        dimensions: Dimensions.map((names) => Object.fromEntries(names.map((name) => [name, fields[name]]))),
      })),
    );
  });

/** Every metric that the functions write for these events and without events. */
export const emittedMetrics = (events: readonly AuditEvent[], namespace: string): readonly EmittedMetric[] => {
  const { now: clock, moment } = aClock();
  const lines = printedBy(() => {
    const audit = createAudit(clock, { emails: "hash", namespace });
    for (const event of events) audit(event, { ...caller, startedAt: performance.now() });
    const authorizer = createAuthorizerMetrics({ namespace, clock, moment, feedAgeSeconds: () => 1 });
    authorizer.record("allowed", 1);
    authorizer.feedUnreadable(new Error());
    metricsPublisher(namespace, clock)([...keyMetrics(1), ...breachMetrics]);
  });
  return metricsIn(lines);
};
