import type { Metric } from "./publish-metrics.ts";

/** The metrics of a failed lookup at the breach service. */
export const breachMetrics: readonly Metric[] = [{ name: "BreachLookupFailures", unit: "Count", value: 1 }];
