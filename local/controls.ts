import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import * as z from "zod/mini";
import type { DynamoDbCalls } from "./aws-endpoint.ts";
import type { Clock } from "./clock.ts";
import { firstIssue } from "./shape.ts";

export type ControlsOptions = {
  readonly clock: Clock;
  readonly advance: (seconds: number) => Promise<void>;
  readonly calls: () => DynamoDbCalls;
  readonly resetCalls: () => void;
};

const Advance = z.strictObject({ advance_seconds: z.int().check(z.gte(0), z.lte(10 * 366 * 86_400)) });

/**
 * Lets a test move the time and count DynamoDB operations: `/_local/clock` and `/_local/calls`. Served only when asked for.
 * @returns a handler that tells whether the request was its own
 */
export const createControls = ({ clock, advance, calls, resetCalls }: ControlsOptions) => {
  const time = () => ({
    now: new Date(clock.now()).toISOString(),
    epoch_seconds: Math.floor(clock.now() / 1000),
    offset_seconds: clock.offsetSeconds(),
  });

  const routes: Record<string, (incoming: IncomingMessage) => unknown> = {
    "GET /_local/clock": time,
    "POST /_local/clock": async (incoming) => {
      const parsed = z.safeParse(Advance, parseJson(await text(incoming)));
      if (!parsed.success) throw new ControlError(400, firstIssue(parsed.error));
      await advance(parsed.data.advance_seconds);
      return time();
    },
    "GET /_local/calls": calls,
    "POST /_local/calls": () => {
      resetCalls();
      return calls();
    },
  };

  return async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<boolean> => {
    const path = (incoming.url ?? "/").split("?")[0] ?? "/";
    if (!path.startsWith("/_local/")) return false;
    const answer = (status: number, body: unknown) =>
      outgoing.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
    try {
      const route = routes[`${incoming.method} ${path}`];
      if (route === undefined) throw new ControlError(404, `There are: ${Object.keys(routes).join(", ")}`);
      answer(200, await route(incoming));
    } catch (error) {
      if (!(error instanceof ControlError)) throw error;
      answer(error.status, { error: "invalid_request", error_description: error.message });
    }
    return true;
  };
};

class ControlError extends Error {
  override readonly name = "ControlError";
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const parseJson = (body: string): unknown => {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
};
