import { ageSeconds, type Moment, type MomentClock } from "../age.ts";
import type { Clock } from "../time.ts";
import { MAX_VALUES, type Metric, metricsPublisher } from "./publish-metrics.ts";

/** The outcome of an authorizer's request. `fault`: an error of ours, so the request was neither allowed nor denied. */
export type AuthorizerResult = "allowed" | "rejected" | "denied" | "fault";

/** Records the requests of one execution environment of an authorizer. */
export type AuthorizerMetrics = {
  /** Counts one request and its duration. */
  readonly record: (result: AuthorizerResult, milliseconds: number) => void;
  /** Reports at once that the revocation feed could not be read. */
  readonly feedUnreadable: (error: unknown) => void;
};

/** Options of `createAuthorizerMetrics`. */
export type AuthorizerMetricsOptions = {
  /** CloudWatch's namespace of the metrics. */
  readonly namespace: string;
  readonly clock: Clock;
  readonly moment: MomentClock;
  /** Seconds since the revocation feed was last read. Omitted or undefined if the authorizer has no feed. */
  readonly feedAgeSeconds?: () => number | undefined;
};

/** Requests are counted in memory. The first request after this time writes one line. */
const FLUSH_SECONDS = 10;

/** After a step back of the wall clock the age is unknown and is reported as a day. */
const MAX_FEED_AGE_SECONDS = 86_400;

const COUNTS = {
  allowed: "AuthorizerAllowed",
  rejected: "AuthorizerRejected",
  denied: "AuthorizerDenied",
  fault: "AuthorizerFaults",
} as const;

/**
 * Creates the metrics of one execution environment of the authorizer. A request costs a few hundred nanoseconds. A busy
 * execution environment writes six lines a minute. When Lambda stops the execution environment, the counts since its last line
 * are lost.
 */
export const createAuthorizerMetrics = (options: AuthorizerMetricsOptions): AuthorizerMetrics => {
  const { namespace, clock, moment, feedAgeSeconds } = options;
  const publish = metricsPublisher(namespace, clock);
  const none = { allowed: 0, rejected: 0, denied: 0, fault: 0 };
  let counts = { ...none };
  let durations: number[] = [];
  /**
   * Undefined before the first request, which writes at once: most execution environments of a quiet service get no second
   * request.
   */
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
      // The durations of further requests do not fit into the line.
      if (durations.length < MAX_VALUES) durations.push(Math.round(milliseconds * 1000) / 1000);
      const now = moment();
      if (writtenAt === undefined || ageSeconds(writtenAt, now) >= FLUSH_SECONDS) flush(now);
    },
    feedUnreadable: (error) => {
      // Only the class of the error, because its message names the table. The note is part of the metric's line.
      const cause = error instanceof Error ? error.name : "unknown";
      const note = { level: "error", event: "revocation_feed_unreadable", cause };
      publish([{ name: "FeedUnreadable", unit: "Count", value: 1 }], { note });
    },
  };
};
