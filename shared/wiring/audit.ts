import type { Audit } from "../audit/audit.ts";
import { listedFields } from "../log/listed-fields.ts";
import { writeLog } from "../log/log.ts";
import { toMetrics } from "../metrics/audit-metrics.ts";
import { metricsPublisher } from "../metrics/publish-metrics.ts";
import { type Clock, systemClock, toRfc3339 } from "../time.ts";
import { env, readEnvironment } from "./environment.ts";

/** How e-mail addresses are written: in clear, as a keyed hash that is the same for all events of one address, or not at all. */
export type EmailsInLog = "clear" | "hash" | "omit";

/** Options of `createAudit`. */
export type AuditOptions = {
  readonly emails: EmailsInLog;
  /** CloudWatch's namespace of the metrics of events. */
  readonly namespace: string;
};

const WITHHELD = {
  clear: { emailHash: undefined },
  hash: { email: undefined },
  omit: { email: undefined, emailHash: undefined },
} as const;

/**
 * Creates the audit log. Each event is written as one line of JSON, followed by the lines of its metrics. No input can forge a
 * second line (G3). Only the listed fields are written (G1).
 *
 * @example createAudit(systemClock, { emails: "hash", namespace: "Latchkey/dev" })({ event: "account_enabled", userId },
 * caller)
 */
export const createAudit = (clock: Clock, { emails, namespace }: AuditOptions): Audit => {
  const publish = metricsPublisher(namespace, clock);
  return (event, { requestId, ip, userAgent, startedAt }) => {
    const durationMs = startedAt === undefined ? undefined : Math.round(performance.now() - startedAt);
    const time = toRfc3339(clock());
    const given = { ...event, ...WITHHELD[emails], time, requestId, ip, userAgent, durationMs };
    writeLog("info", event.event, given);
    publish(toMetrics(event, durationMs), { fields: listedFields(event.event, given) });
  };
};

/** Creates the audit log of a function. @throws Error that names the missing or malformed variables */
export const auditFromEnvironment = (): Audit => {
  const environment = readEnvironment({
    AUDIT_EMAILS: env.oneOf(["clear", "hash", "omit"]),
    METRICS_NAMESPACE: env.text,
  });
  return createAudit(systemClock, { emails: environment.AUDIT_EMAILS, namespace: environment.METRICS_NAMESPACE });
};
