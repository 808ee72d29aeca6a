import type { Audit } from "../audit/audit.ts";
import { AUDIT_EMAIL_MODES, type AuditEmailMode } from "../contract/modes.ts";
import { listedFields } from "../log/listed-fields.ts";
import { writeLog } from "../log/log.ts";
import { toMetrics } from "../metrics/audit-metrics.ts";
import { metricsPublisher } from "../metrics/publish-metrics.ts";
import { type Clock, systemClock, toRfc3339 } from "../time.ts";
import { env, readEnvironment } from "./environment.ts";

export type AuditOptions = {
  readonly emails: AuditEmailMode;
  /** CloudWatch's namespace of the metrics that events count for. */
  readonly namespace: string;
};

const WITHHELD = {
  clear: { emailHash: undefined },
  hash: { email: undefined },
  omit: { email: undefined, emailHash: undefined },
} as const;

/**
 * One line of JSON an event, and after it the metrics it counts for. JSON escapes line breaks, so no input can forge a second
 * line (G3); only listed fields of known kinds are written (G1).
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

/** @throws Error naming what the environment lacks */
export const auditFromEnvironment = (): Audit => {
  const environment = readEnvironment({
    AUDIT_EMAILS: env.oneOf(AUDIT_EMAIL_MODES),
    METRICS_NAMESPACE: env.text,
  });
  return createAudit(systemClock, { emails: environment.AUDIT_EMAILS, namespace: environment.METRICS_NAMESPACE });
};
