import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import * as z from "zod/mini";
import type { DynamoDbCalls } from "../dynamodb/call-counter.ts";
import type { Clock } from "../support/clock.ts";
import type { UsedPermissions } from "../support/permission-log.ts";
import { firstIssue } from "../support/shape.ts";
import { StartError } from "../support/start-error.ts";

/** The functions of the service that the controls call. */
export type ControlsOptions = {
  readonly clock: Clock;
  /** Moves the clock forward and runs the schedules. */
  readonly advance: (seconds: number) => Promise<void>;
  readonly calls: () => DynamoDbCalls;
  readonly resetCalls: () => void;
  /** The permissions that the calls of each function needed. */
  readonly uses: () => UsedPermissions;
  /** Deploys the stack again with these settings and the settings of the start. @throws StartError if the deployment fails */
  readonly redeploy: (settings: Readonly<Record<string, string>>) => Promise<void>;
};

const Advance = z.strictObject({ advance_seconds: z.int().check(z.gte(0), z.lte(10 * 366 * 86_400)) });
const Deploy = z.strictObject({ settings: z.record(z.string(), z.string()) });

/**
 * Creates a handler for tests. `/_local/clock` moves the time, `/_local/calls` counts DynamoDB operations, `/_local/uses` lists the
 * permissions that each function used, and `/_local/deploy` deploys other settings while clients are connected. The service uses the handler only with `--controls`.
 * @returns a handler that returns false if the request is not for a path below `/_local/`
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
    const respond = (status: number, body: unknown) =>
      outgoing.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
    try {
      const route = routes[`${incoming.method} ${path}`];
      if (route === undefined) throw new ControlError(404, `The routes are: ${Object.keys(routes).join(", ")}`);
      respond(200, await route(incoming));
    } catch (error) {
      if (!(error instanceof ControlError)) throw error;
      respond(error.status, { error: "invalid_request", error_description: error.message });
    }
    return true;
  };
};

/** Reads the body of a request. @throws ControlError if the body does not have this shape */
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
