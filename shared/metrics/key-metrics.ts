import type { Metric } from "./publish-metrics.ts";

/** What an hourly run of rotate-keys reports: that it ran, and how old the key is that signs. */
export const keyMetrics = (ageSeconds: number): readonly Metric[] => [
  { name: "KeyAge", unit: "Seconds", value: ageSeconds },
];
