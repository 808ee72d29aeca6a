import type { IncomingMessage, ServerResponse } from "node:http";
import * as z from "zod/mini";
import type { Assembly } from "../cloudformation/template.ts";
import type { LogLine } from "../lambda/execution-environment.ts";
import type { Clock } from "../support/clock.ts";
import { readDashboard } from "./dashboard.ts";
import { renderPage, type ShownEvent } from "./page.ts";
import { createSeries } from "./series.ts";

/** The part of CloudWatch's "Embedded metric format specification" that leads to the values. */
const Embedded = z.looseObject({
  _aws: z.object({
    CloudWatchMetrics: z.array(
      z.object({ Dimensions: z.array(z.array(z.string())), Metrics: z.array(z.object({ Name: z.string() })) }),
    ),
  }),
});
const Values = z.union([z.number(), z.array(z.number())]);
const AuditEvent = z.looseObject({ event: z.string(), requestId: z.string(), time: z.string() });

const SHOWN_EVENTS = 50;

/** The page shows text of any client, so the page may not run scripts. */
const HEADERS = {
  "Content-Type": "text/html; charset=utf-8",
  "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
  "Cache-Control": "no-store",
  "X-Content-Type-Options": "nosniff",
};

/** Creates the page `GET /_local`: the dashboard and the audit events that CloudWatch would show for the logs of this process. */
export const createMonitor = (assembly: Assembly, clock: Clock) => {
  const series = createSeries(clock.now);
  const dashboard = readDashboard(assembly);
  const events: ShownEvent[] = [];

  return {
    /** Reads metrics and audit events from a line that a function logged. */
    line: ({ line }: LogLine): void => {
      const parsed = line.startsWith("{") ? parseJson(line) : undefined;
      const event = z.safeParse(AuditEvent, parsed);
      if (event.success && events.unshift(event.data) > SHOWN_EVENTS) events.pop();
      const embedded = z.safeParse(Embedded, parsed);
      if (!embedded.success) return;
      for (const { Dimensions, Metrics } of embedded.data._aws.CloudWatchMetrics) {
        for (const { Name } of Metrics) {
          const values = z.safeParse(Values, embedded.data[Name]);
          if (!values.success) continue;
          for (const fields of Dimensions) {
            const dimensions = fields.map((field) => [field, String(embedded.data[field])]);
            series.add(Name, [values.data].flat(), Object.fromEntries(dimensions));
          }
        }
      }
    },

    /** Counts a response of the gateway. */
    request: (status: number, milliseconds: number): void => {
      series.add("Count", [1]);
      series.add("4XXError", [status >= 400 && status < 500 ? 1 : 0]);
      series.add("5XXError", [status >= 500 ? 1 : 0]);
      series.add("Latency", [milliseconds]);
    },

    /** Serves the page. Returns false if the request is not for the page. */
    serve: (incoming: IncomingMessage, outgoing: ServerResponse): boolean => {
      if (incoming.method !== "GET" || !/^\/_local\/?(?:\?|$)/.test(incoming.url ?? "")) return false;
      outgoing.writeHead(200, HEADERS).end(renderPage(dashboard(series), events));
      return true;
    },
  };
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
