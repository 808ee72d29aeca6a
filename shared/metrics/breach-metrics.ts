import type { Metric } from "./publish-metrics.ts";

/** What a lookup of breached passwords that failed reports. */
export const breachMetrics: readonly Metric[] = [{ name: "BreachLookupFailures", unit: "Count", value: 1 }];
