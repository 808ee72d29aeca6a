import type { IncomingMessage, ServerResponse } from "node:http";
import * as z from "zod/mini";
import type { Assembly } from "../cloudformation/template.ts";
import type { LogLine } from "../lambda/execution-environment.ts";
import type { Clock } from "../support/clock.ts";
import { readDashboard } from "./dashboard.ts";
import { renderPage, type ShownEvent } from "./page.ts";
import { createSeries } from "./series.ts";

/** CloudWatch's "Embedded metric format specification", as far as it is needed to find the values. */
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

/** There is nothing to run on it: it shows text that strangers sent. */
const HEADERS = {
  "Content-Type": "text/html; charset=utf-8",
  "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
  "Cache-Control": "no-store",
  "X-Content-Type-Options": "nosniff",
};

/** What CloudWatch would make of this process's log, on one page: `GET /_local`. */
export const createMonitor = (assembly: Assembly, clock: Clock) => {
  const series = createSeries(clock.now);
  const dashboard = readDashboard(assembly);
  const events: ShownEvent[] = [];

  return {
    /** Takes a line of a function's log. */
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

    /** Takes a request that the gateway answered. */
    request: (status: number, milliseconds: number): void => {
      series.add("Count", [1]);
      series.add("4XXError", [status >= 400 && status < 500 ? 1 : 0]);
      series.add("5XXError", [status >= 500 ? 1 : 0]);
      series.add("Latency", [milliseconds]);
    },

    /** Tells whether the request was for the page. */
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
