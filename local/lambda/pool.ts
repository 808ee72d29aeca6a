import {
  type Invocation,
  type LambdaEnvironment,
  type LambdaOptions,
  MAX_PAYLOAD_BYTES,
  startLambdaEnvironment,
} from "./execution-environment.ts";
import type { LambdaFunction } from "./functions.ts";

export type LambdaPool = {
  /** Runs the function once. Never rejects: whatever goes wrong inside is an outcome. */
  invoke(event: unknown): Promise<Invocation>;
  /** Ends what runs, and fails what waits. */
  stop(): Promise<void>;
};

type Job = { readonly event: string; readonly settle: (invocation: Invocation) => void };

const STOPPED: Invocation = {
  ok: false,
  reason: "error",
  error: { errorType: "Stopped", errorMessage: "The service is stopping" },
};

const TOO_LARGE: Invocation = {
  ok: false,
  reason: "too-large",
  error: {
    errorType: "RequestEntityTooLargeException",
    errorMessage: `Request must be smaller than ${MAX_PAYLOAD_BYTES} bytes`,
  },
};

/** Enough to be concurrent; more would only take turns on a developer's cores. */
const MAX_ENVIRONMENTS = 4;

/**
 * The execution environments of one function. One is started when an event finds none idle, and is used again for the
 * next; past a small maximum events wait. One that crashed or timed out is replaced when the next event needs it.
 */
export const createLambdaPool = (fn: LambdaFunction, options: LambdaOptions): LambdaPool => {
  const waiting: Job[] = [];
  const environments = new Set<LambdaEnvironment>();
  const idle: LambdaEnvironment[] = [];
  let isStopped = false;

  const dispatch = (): void => {
    while (waiting.length > 0) {
      const environment = takeIdle() ?? startAnother();
      if (environment === undefined) return;
      const job = waiting.shift();
      if (job !== undefined) void run(environment, job);
    }
  };

  const takeIdle = (): LambdaEnvironment | undefined => {
    for (let environment = idle.pop(); environment !== undefined; environment = idle.pop()) {
      if (environment.isAlive()) return environment;
      environments.delete(environment);
    }
    return undefined;
  };

  const startAnother = (): LambdaEnvironment | undefined => {
    if (environments.size >= MAX_ENVIRONMENTS) return undefined;
    const environment = startLambdaEnvironment(fn, options);
    environments.add(environment);
    return environment;
  };

  const run = async (environment: LambdaEnvironment, job: Job): Promise<void> => {
    job.settle(await environment.invoke(job.event));
    idle.push(environment);
    dispatch();
  };

  return {
    invoke: (event) =>
      new Promise((settle) => {
        const json = JSON.stringify(event);
        if (isStopped) return settle(STOPPED);
        if (Buffer.byteLength(json) > MAX_PAYLOAD_BYTES) return settle(TOO_LARGE);
        waiting.push({ event: json, settle });
        dispatch();
      }),
    stop: async () => {
      isStopped = true;
      for (const job of waiting.splice(0)) job.settle(STOPPED);
      await Promise.all([...environments].map((environment) => environment.stop()));
    },
  };
};
