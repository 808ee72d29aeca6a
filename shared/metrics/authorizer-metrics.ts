import { ageSeconds, type Moment, type MomentClock } from "../age.ts";
import type { MetricName } from "../contract/metrics.ts";
import type { Clock } from "../time.ts";
import { MAX_VALUES, type Metric, metricsPublisher } from "./publish-metrics.ts";

/** How an authorizer's request ended. A fault is ours: neither allowed nor refused. */
export type AuthorizerResult = "allowed" | "rejected" | "denied" | "fault";

export type AuthorizerMetrics = {
  readonly record: (result: AuthorizerResult, milliseconds: number) => void;
  /** The feed of revocations could not be read: written at once. */
  readonly feedUnreadable: (error: unknown) => void;
};

export type AuthorizerMetricsOptions = {
  readonly namespace: string;
  readonly clock: Clock;
  readonly moment: MomentClock;
  /** Seconds since the revocation feed was last read; undefined where there is none. */
  readonly feedAgeSeconds?: () => number | undefined;
};

/** Requests are counted in memory, and a line is written at most this often, by whichever request comes next. */
const FLUSH_SECONDS = 10;

/** An age that is not known, because the wall clock stepped back, is reported as a day. */
const MAX_FEED_AGE_SECONDS = 86_400;

const COUNTS = {
  allowed: "AuthorizerAllowed",
  rejected: "AuthorizerRejected",
  denied: "AuthorizerDenied",
  fault: "AuthorizerFaults",
} as const satisfies Record<AuthorizerResult, MetricName>;

/**
 * Counts what an instance of the authorizer does, at a cost of a few hundred nanoseconds a request. What an instance counted
 * after its last line is lost when it ends; a busy one writes six lines a minute.
 */
export const createAuthorizerMetrics = (options: AuthorizerMetricsOptions): AuthorizerMetrics => {
  const { namespace, clock, moment, feedAgeSeconds } = options;
  const publish = metricsPublisher(namespace, clock);
  const none = { allowed: 0, rejected: 0, denied: 0, fault: 0 };
  let counts = { ...none };
  let durations: number[] = [];
  /** The first request writes at once: most instances of a quiet service see no other. */
  let writtenAt: Moment | undefined;

  const flush = (now: Moment): void => {
    const metrics: Metric[] = Object.entries(COUNTS).map(([result, name]) => ({
      name,
      unit: "Count",
      value: counts[result as AuthorizerResult],
    }));
    metrics.push({ name: "AuthorizerDuration", unit: "Milliseconds", value: durations });
    const feedAge = feedAgeSeconds?.();
    if (feedAge !== undefined)
      metrics.push({ name: "FeedAge", unit: "Seconds", value: Math.min(Math.round(feedAge), MAX_FEED_AGE_SECONDS) });
    publish(metrics);
    counts = { ...none };
    durations = [];
    writtenAt = now;
  };

  return {
    record: (result, milliseconds) => {
      counts[result] += 1;
      // Of more than fit into a line the durations are those of the first.
      if (durations.length < MAX_VALUES) durations.push(Math.round(milliseconds * 1000) / 1000);
      const now = moment();
      if (writtenAt === undefined || ageSeconds(writtenAt, now) >= FLUSH_SECONDS) flush(now);
    },
    feedUnreadable: (error) => {
      // The class of the error alone: its message names the table. It is said beside the metric, because a logger for this
      // one line would make every bundle of the authorizer 5 % larger.
      const cause = error instanceof Error ? error.name : "unknown";
      const note = { level: "error", event: "revocation_feed_unreadable", cause };
      publish([{ name: "FeedUnreadable", unit: "Count", value: 1 }], { note });
    },
  };
};
