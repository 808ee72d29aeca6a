import {
  type ExecutionEnvironment,
  type Invocation,
  type LambdaOptions,
  MAX_PAYLOAD_BYTES,
  startExecutionEnvironment,
} from "./execution-environment.ts";
import type { LambdaFunction } from "./functions.ts";

/** The execution environments of one function. */
export type LambdaPool = {
  /** Runs the function once. Never rejects: a failure is a result. */
  invoke(event: unknown): Promise<Invocation>;
  /** Ends all execution environments. Events that run or wait fail. */
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

/** Enough for concurrent requests. A computer of a developer has few cores, so more would not be faster. */
const MAX_ENVIRONMENTS = 4;

/**
 * Creates a pool for one function. An event takes an idle execution environment. If no environment is idle, the pool starts
 * another. At the maximum, events wait. After a crash or a time-out, the next event starts a new environment.
 */
export const createLambdaPool = (fn: LambdaFunction, options: LambdaOptions): LambdaPool => {
  const waiting: Job[] = [];
  const environments = new Set<ExecutionEnvironment>();
  const idle: ExecutionEnvironment[] = [];
  let isStopped = false;

  const dispatch = (): void => {
    while (waiting.length > 0) {
      const environment = takeIdle() ?? startAnother();
      if (environment === undefined) return;
      const job = waiting.shift();
      if (job !== undefined) void run(environment, job);
    }
  };

  const takeIdle = (): ExecutionEnvironment | undefined => {
    for (let environment = idle.pop(); environment !== undefined; environment = idle.pop()) {
      if (environment.isAlive()) return environment;
      environments.delete(environment);
    }
    return undefined;
  };

  const startAnother = (): ExecutionEnvironment | undefined => {
    if (environments.size >= MAX_ENVIRONMENTS) return undefined;
    const environment = startExecutionEnvironment(fn, options);
    environments.add(environment);
    return environment;
  };

  const run = async (environment: ExecutionEnvironment, job: Job): Promise<void> => {
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
