import { env, readEnvironment } from "../environment.ts";
import { breachMetrics } from "../metrics/breach-metrics.ts";
import { embedMetrics } from "../metrics/embedded-metrics.ts";
import { systemClock } from "../time.ts";
import { type BreachLookup, createBreachLookup } from "./breach-lookup.ts";

/** The lookup of the deployment, for a password policy: none unless the setting names an API. */
export const breachLookupFromEnvironment = (): { readonly isBreached?: BreachLookup } => {
  const environment = readEnvironment({ BREACH_LOOKUP_URL: env.list, METRICS_NAMESPACE: env.text });
  const [url] = environment.BREACH_LOOKUP_URL;
  if (url === undefined) return {};
  const onFailure = (error: unknown): void => {
    // The class of the error alone: its message may name the range, which is a part of the password's hash (G1).
    const cause = error instanceof Error ? error.name : "unknown";
    const line = { level: "error", event: "breach_lookup_failed", cause };
    process.stdout.write(
      `${JSON.stringify(embedMetrics(line, breachMetrics, environment.METRICS_NAMESPACE, systemClock()))}\n`,
    );
  };
  return { isBreached: createBreachLookup({ url, onFailure }) };
};
