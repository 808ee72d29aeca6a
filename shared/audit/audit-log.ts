import { env, readEnvironment } from "../environment.ts";
import { metricsOf } from "../metrics/audit-metrics.ts";
import { embedMetrics } from "../metrics/embedded-metrics.ts";
import { type Clock, systemClock, toRfc3339 } from "../time.ts";
import { AUDIT_FIELDS, type Audit, type AuditEvent } from "./audit.ts";

/** How addresses are written: as typed, as a keyed hash by which events of one address find together, or not at all. */
export type EmailsInLog = "clear" | "hash" | "omit";

export type AuditOptions = {
  readonly emails: EmailsInLog;
  /** CloudWatch's namespace of the metrics that the lines carry. */
  readonly namespace: string;
  /** @default standard output */
  readonly write?: (line: string) => void;
};

const MAX_USER_AGENT = 256;
/** The longest address there is, and more than any id or reason. */
const MAX_TEXT = 254;

/**
 * One line of JSON an event, with the metrics it counts for embedded. JSON escapes line breaks, so no input can forge a
 * second line (G3); only known fields of known kinds are written (G1).
 */
export const createAudit =
  (clock: Clock, { emails, namespace, write = (line) => void process.stdout.write(line) }: AuditOptions): Audit =>
  (event, { requestId, ip, userAgent, startedAt }) => {
    const durationMs = startedAt === undefined ? undefined : Math.round(performance.now() - startedAt);
    const line = {
      time: toRfc3339(clock()),
      event: event.event,
      ...knownFields(event, emails),
      requestId,
      ip,
      userAgent: userAgent.slice(0, MAX_USER_AGENT),
      ...(durationMs === undefined ? {} : { durationMs }),
    };
    write(`${JSON.stringify(embedMetrics(line, metricsOf(event, durationMs), namespace, clock()))}\n`);
  };

/** @throws Error naming what the environment lacks */
export const auditFromEnvironment = (): Audit => {
  const environment = readEnvironment({
    AUDIT_EMAILS: env.oneOf(["clear", "hash", "omit"]),
    METRICS_NAMESPACE: env.text,
  });
  return createAudit(systemClock, { emails: environment.AUDIT_EMAILS, namespace: environment.METRICS_NAMESPACE });
};

const knownFields = (event: AuditEvent, emails: EmailsInLog): Record<string, string | number | boolean> => {
  const unwanted = { clear: ["emailHash"], hash: ["email"], omit: ["email", "emailHash"] }[emails];
  const known: Record<string, string | number | boolean> = {};
  for (const [name, value] of Object.entries(event)) {
    if (name === "event" || !(name in AUDIT_FIELDS[event.event]) || unwanted.includes(name)) continue;
    if (typeof value === "string") known[name] = value.slice(0, MAX_TEXT);
    else if (typeof value === "number" || typeof value === "boolean") known[name] = value;
  }
  return known;
};
