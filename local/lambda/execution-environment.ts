import { randomUUID } from "node:crypto";
import { devNull } from "node:os";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import type { Clock } from "../support/clock.ts";
import type { LambdaFunction } from "./functions.ts";

/** The result of an invocation: the response as JSON, or the error that Lambda reports to the caller. */
export type Invocation =
  | { readonly ok: true; readonly payload: string }
  | { readonly ok: false; readonly reason: "error" | "timeout" | "too-large"; readonly error: FunctionError };

/** An error as Lambda reports the error. */
export type FunctionError = { readonly errorType: string; readonly errorMessage: string };

/** One execution environment of a function. */
export type ExecutionEnvironment = {
  /** Handles one event (JSON). Handles one event at a time. Never rejects: a failure is a result. */
  invoke(event: string): Promise<Invocation>;
  /** Returns false after a crash, a time-out or a stop. */
  isAlive(): boolean;
  /** Ends the worker thread. An event in progress fails. */
  stop(): Promise<unknown>;
};

/** What all execution environments need. */
export type LambdaOptions = {
  readonly clock: Clock;
  /** The endpoint that the functions use for DynamoDB and Secrets Manager. */
  readonly awsEndpoint: string;
  readonly region: string;
  /** Milliseconds that every invocation may take at least, even if the template has a shorter time-out. @default 0 */
  readonly minTimeoutMs?: number;
  /** Called with every line that the function logs. */
  readonly onLine: (line: LogLine) => void;
};

/** A line that a function logged. `function` is the short name of the function. */
export type LogLine = { readonly function: string; readonly line: string };

type Message =
  | { readonly kind: "ready" }
  | { readonly kind: "response"; readonly payload: string }
  | { readonly kind: "error" | "broken"; readonly error: FunctionError };

/** Lambda's limit for a synchronous event, and for the response. */
export const MAX_PAYLOAD_BYTES = 6 * 1024 * 1024;

/**
 * Starts a worker thread that imports the bundle of the function. The caller may send an event before the import ends. The
 * time-out begins after the import, because Lambda does not count the init phase.
 */
export const startExecutionEnvironment = (fn: LambdaFunction, options: LambdaOptions): ExecutionEnvironment => {
  const timeoutMs = Math.max(fn.timeoutMs, options.minTimeoutMs ?? 0);
  const worker = new Worker(new URL("./worker.mjs", import.meta.url), {
    name: fn.name,
    env: createEnvironmentVariables(fn, options),
    // Without this, the worker inherits the loader flags of this process.
    execArgv: [],
    stdout: true,
    stderr: true,
    workerData: {
      moduleUrl: pathToFileURL(fn.modulePath).href,
      exportName: fn.exportName,
      clock: options.clock.shared,
      timeoutMs,
      context: {
        functionName: fn.functionName,
        functionVersion: "$LATEST",
        invokedFunctionArn: fn.arn,
        memoryLimitInMB: String(fn.memoryMb),
        logGroupName: `/aws/lambda/${fn.functionName}`,
      },
    },
  });
  let isReady = false;
  let isAlive = true;
  let current: { readonly requestId: string; readonly settle: (invocation: Invocation) => void } | undefined;
  let timer: NodeJS.Timeout | undefined;

  const log = (line: string) => options.onLine({ function: fn.name, line });

  const settle = (invocation: Invocation) => {
    clearTimeout(timer);
    const { settle } = current ?? {};
    current = undefined;
    settle?.(invocation);
  };

  const die = (reason: "error" | "timeout", error: FunctionError) => {
    if (!isAlive) return;
    isAlive = false;
    if (current !== undefined) log(`${current.requestId} ${error.errorType}: ${error.errorMessage}`);
    void worker.terminate();
    settle({ ok: false, reason, error });
  };

  const startTimer = () => {
    const errorMessage = `Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`;
    timer = setTimeout(() => die("timeout", { errorType: "Sandbox.Timedout", errorMessage }), timeoutMs);
  };

  worker.on("message", (message: Message) => {
    switch (message.kind) {
      case "ready":
        isReady = true;
        if (current !== undefined) startTimer();
        return;
      case "response":
        return settle(withinLimit(message.payload));
      case "error":
        return settle({ ok: false, reason: "error", error: message.error });
      case "broken":
        return die("error", message.error);
    }
  });
  worker.on("error", (error) => die("error", { errorType: error.name, errorMessage: error.message }));
  worker.on("exit", (code) =>
    die("error", { errorType: "Runtime.ExitError", errorMessage: `Runtime exited with status ${code}` }),
  );
  for (const stream of [worker.stdout, worker.stderr]) createInterface({ input: stream }).on("line", log);

  return {
    invoke: (event) =>
      new Promise((settle) => {
        current = { requestId: randomUUID(), settle };
        worker.postMessage({ requestId: current.requestId, event });
        if (isReady) startTimer();
      }),
    isAlive: () => isAlive,
    stop: async () => {
      die("error", { errorType: "Stopped", errorMessage: "The service is stopping" });
      await worker.terminate();
    },
  };
};

const withinLimit = (payload: string): Invocation => {
  if (Buffer.byteLength(payload) <= MAX_PAYLOAD_BYTES) return { ok: true, payload };
  const errorMessage = `Response payload size exceeded maximum allowed payload size (${MAX_PAYLOAD_BYTES} bytes).`;
  return { ok: false, reason: "error", error: { errorType: "Function.ResponseSizeTooLarge", errorMessage } };
};

/**
 * Milliseconds for one attempt of a call to the local DynamoDB or Secrets Manager. A slow machine is not an outage. A call that stalls
 * three times still gives a 503 of the function before the gateway's limit of 29 seconds.
 */
const CALL_ATTEMPT_MS = 8000;

/** Returns the variables of the template and the variables of the Lambda runtime. The variables of this machine are left out. */
const createEnvironmentVariables = (
  fn: LambdaFunction,
  { awsEndpoint, region }: LambdaOptions,
): Record<string, string> => ({
  ...fn.environment,
  AWS_REGION: region,
  AWS_DEFAULT_REGION: region,
  AWS_LAMBDA_FUNCTION_NAME: fn.functionName,
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(fn.memoryMb),
  AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
  AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
  AWS_ACCESS_KEY_ID: "latchkeylocal",
  AWS_SECRET_ACCESS_KEY: "latchkeylocal",
  CALL_ATTEMPT_MS: String(CALL_ATTEMPT_MS),
  AWS_CONFIG_FILE: devNull,
  AWS_SHARED_CREDENTIALS_FILE: devNull,
  // The path tells the endpoint which function calls.
  AWS_ENDPOINT_URL_DYNAMODB: `${awsEndpoint}/${fn.name}`,
  AWS_ENDPOINT_URL_SECRETS_MANAGER: `${awsEndpoint}/${fn.name}`,
});
