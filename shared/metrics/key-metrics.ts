import type { Metric } from "./publish-metrics.ts";

/**
 * Returns the metrics of an hourly run of rotate-keys: the age of the signing key. A missing value shows that no run took place.
 */
export const keyMetrics = (ageSeconds: number): readonly Metric[] => [
  { name: "KeyAge", unit: "Seconds", value: ageSeconds },
];
