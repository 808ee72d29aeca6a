import type { AuditEvent } from "../../shared/audit/audit.ts";
import { createAudit } from "../../shared/audit/audit-log.ts";
import { createAuthorizerMetrics } from "../../shared/metrics/authorizer-metrics.ts";
import { breachMetrics } from "../../shared/metrics/breach-metrics.ts";
import { embedMetrics } from "../../shared/metrics/embedded-metrics.ts";
import { keyMetrics } from "../../shared/metrics/key-metrics.ts";
import { caller } from "./session-library.ts";
import { aClock, NOW } from "./time.ts";

type Directive = { readonly Dimensions: readonly (readonly string[])[]; readonly Metrics: readonly { Name: string }[] };

/** Every metric in the lines that these events and the functions without events write, with what it is told apart by. */
export const emittedMetrics = (events: readonly AuditEvent[], namespace: string) => {
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  const clock = aClock().now;
  const audit = createAudit(clock, { emails: "hash", namespace, write });
  for (const event of events) audit(event, { ...caller, startedAt: performance.now() });
  const authorizer = createAuthorizerMetrics({ namespace, clock, feedAgeSeconds: () => 1, write });
  authorizer.record("allowed", 1);
  authorizer.feedUnreadable(new Error());
  write(JSON.stringify(embedMetrics({}, [...keyMetrics(1), ...breachMetrics], namespace, NOW)));
  return lines.flatMap((line) => {
    const { _aws } = JSON.parse(line);
    const directives: readonly Directive[] = _aws?.CloudWatchMetrics ?? [];
    return directives.flatMap(({ Dimensions, Metrics }) =>
      Metrics.map(({ Name }) => ({ name: Name, by: Dimensions.find((dimensions) => dimensions.length > 0) ?? [] })),
    );
  });
};
