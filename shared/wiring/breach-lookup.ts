import { writeLog } from "../log/log.ts";
import { breachMetrics } from "../metrics/breach-metrics.ts";
import { metricsPublisher } from "../metrics/publish-metrics.ts";
import { type BreachLookup, createBreachLookup } from "../passwords/breach-lookup.ts";
import { systemClock } from "../time.ts";
import { env, readEnvironment } from "./environment.ts";

/**
 * Creates the breach lookup of the deployment, as a part of a password policy. Without the setting there is no lookup.
 * @throws Error that names the missing or malformed variables
 */
export const breachLookupFromEnvironment = (): { readonly isBreached?: BreachLookup } => {
  const environment = readEnvironment({ BREACH_LOOKUP_URL: env.list, METRICS_NAMESPACE: env.text });
  const [url] = environment.BREACH_LOOKUP_URL;
  if (url === undefined) return {};
  const publish = metricsPublisher(environment.METRICS_NAMESPACE, systemClock);
  const onFailure = (error: unknown): void => {
    // Only the class of the error, because its message may contain the range, which is a part of the password's hash (G1).
    writeLog("error", "breach_lookup_failed", { cause: error instanceof Error ? error.name : "unknown" });
    publish(breachMetrics);
  };
  return { isBreached: createBreachLookup({ url, onFailure }) };
};
