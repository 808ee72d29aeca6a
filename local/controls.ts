import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import * as z from "zod/mini";
import type { DynamoDbCalls, Uses } from "./aws-endpoint.ts";
import type { Clock } from "./clock.ts";
import { firstIssue } from "./shape.ts";
import { StartError } from "./start-error.ts";

export type ControlsOptions = {
  readonly clock: Clock;
  readonly advance: (seconds: number) => Promise<void>;
  readonly calls: () => DynamoDbCalls;
  readonly resetCalls: () => void;
  readonly uses: () => Uses;
  /** Deploys again with these settings beside those of the start. @throws StartError */
  readonly redeploy: (settings: Readonly<Record<string, string>>) => Promise<void>;
};

const Advance = z.strictObject({ advance_seconds: z.int().check(z.gte(0), z.lte(10 * 366 * 86_400)) });
const Deploy = z.strictObject({ settings: z.record(z.string(), z.string()) });

/**
 * Lets a test move the time (`/_local/clock`), count DynamoDB operations (`/_local/calls`), see which permissions each function used (`/_local/uses`) and deploy with other settings under
 * the clients that are there (`/_local/deploy`). Served only when asked for.
 * @returns a handler that tells whether the request was its own
 */
export const createControls = ({ clock, advance, calls, resetCalls, uses, redeploy }: ControlsOptions) => {
  const time = () => ({
    now: new Date(clock.now()).toISOString(),
    epoch_seconds: Math.floor(clock.now() / 1000),
    offset_seconds: clock.offsetSeconds(),
  });

  const routes: Record<string, (incoming: IncomingMessage) => unknown> = {
    "GET /_local/clock": time,
    "POST /_local/clock": async (incoming) => {
      await advance((await read(Advance, incoming)).advance_seconds);
      return time();
    },
    "GET /_local/calls": calls,
    "GET /_local/uses": uses,
    "POST /_local/calls": () => {
      resetCalls();
      return calls();
    },
    "POST /_local/deploy": async (incoming) => {
      const { settings } = await read(Deploy, incoming);
      await redeploy(settings).catch((error: unknown) => {
        throw error instanceof StartError ? new ControlError(400, error.message) : error;
      });
      return { settings };
    },
  };

  return async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<boolean> => {
    const path = (incoming.url ?? "/").split("?")[0] ?? "/";
    if (!path.startsWith("/_local/")) return false;
    const response = (status: number, body: unknown) =>
      outgoing.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
    try {
      const route = routes[`${incoming.method} ${path}`];
      if (route === undefined) throw new ControlError(404, `There are: ${Object.keys(routes).join(", ")}`);
      response(200, await route(incoming));
    } catch (error) {
      if (!(error instanceof ControlError)) throw error;
      response(error.status, { error: "invalid_request", error_description: error.message });
    }
    return true;
  };
};

/** @throws ControlError when the body is not of this shape */
const read = async <Shape extends z.ZodMiniType>(shape: Shape, incoming: IncomingMessage): Promise<z.infer<Shape>> => {
  const parsed = z.safeParse(shape, parseJson(await text(incoming)));
  if (!parsed.success) throw new ControlError(400, firstIssue(parsed.error));
  return parsed.data;
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
