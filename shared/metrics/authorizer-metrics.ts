import type { Clock, EpochSeconds } from "../time.ts";
import { type EmbeddedMetric, embedMetrics } from "./embedded-metrics.ts";

/** How an authorizer's request ended. A fault is ours: neither allowed nor refused. */
export type AuthorizerResult = "allowed" | "refused" | "denied" | "fault";

export type AuthorizerMetrics = {
  readonly record: (result: AuthorizerResult, milliseconds: number) => void;
  /** The feed of revocations could not be read: written at once. */
  readonly feedUnreadable: (error: unknown) => void;
};

export type AuthorizerMetricsOptions = {
  readonly namespace: string;
  readonly clock: Clock;
  /** Seconds since the revocation feed was last read; undefined where there is none. */
  readonly feedAgeSeconds?: () => number | undefined;
  /** @default standard output */
  readonly write?: (line: string) => void;
};

/** Requests are counted in memory, and a line is written at most this often, by whichever request comes next. */
const FLUSH_SECONDS = 10;

/** The most values that one metric of a line may hold. Of more the durations are those of the first. */
const MAX_VALUES = 100;

const COUNTS = {
  allowed: "AuthorizerAllowed",
  refused: "AuthorizerRefused",
  denied: "AuthorizerDenied",
  fault: "AuthorizerFaults",
} as const;

/**
 * Counts what an instance of the authorizer does, at a cost of a few hundred nanoseconds a request. What an instance counted
 * after its last line is lost when it ends; a busy one writes six lines a minute.
 */
export const createAuthorizerMetrics = (options: AuthorizerMetricsOptions): AuthorizerMetrics => {
  const { namespace, clock, feedAgeSeconds, write = (line) => void process.stdout.write(line) } = options;
  const none = { allowed: 0, refused: 0, denied: 0, fault: 0 };
  let counts = { ...none };
  let durations: number[] = [];
  /** The first request writes at once: most instances of a quiet service see no other. */
  let writtenAt = 0 as EpochSeconds;

  const flush = (now: EpochSeconds): void => {
    const metrics: EmbeddedMetric[] = Object.entries(COUNTS).map(([result, name]) => ({
      name,
      unit: "Count",
      value: counts[result as AuthorizerResult],
    }));
    metrics.push({ name: "AuthorizerDuration", unit: "Milliseconds", value: durations });
    const feedAge = feedAgeSeconds?.();
    if (feedAge !== undefined) metrics.push({ name: "FeedAge", unit: "Seconds", value: feedAge });
    write(`${JSON.stringify(embedMetrics({ event: "authorizer_metrics" }, metrics, namespace, now))}\n`);
    counts = { ...none };
    durations = [];
    writtenAt = now;
  };

  return {
    record: (result, milliseconds) => {
      counts[result] += 1;
      if (durations.length < MAX_VALUES) durations.push(Math.round(milliseconds * 1000) / 1000);
      const now = clock();
      if (now - writtenAt >= FLUSH_SECONDS) flush(now);
    },
    feedUnreadable: (error) => {
      // The class of the error alone: its message names the table.
      const cause = error instanceof Error ? error.name : "unknown";
      const line = { level: "error", event: "revocation_feed_unreadable", cause };
      const metrics: EmbeddedMetric[] = [{ name: "FeedUnreadable", unit: "Count", value: 1 }];
      write(`${JSON.stringify(embedMetrics(line, metrics, namespace, clock()))}\n`);
    },
  };
};
