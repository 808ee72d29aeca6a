import type { EmbeddedMetric } from "./embedded-metrics.ts";

/** What a lookup of breached passwords that failed reports. */
export const breachMetrics: readonly EmbeddedMetric[] = [{ name: "BreachLookupFailures", unit: "Count", value: 1 }];
