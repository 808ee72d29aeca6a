import { randomUUID } from "node:crypto";
import { devNull } from "node:os";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import type { Clock } from "./clock.ts";
import type { LambdaFunction } from "./lambda-functions.ts";

/** What an invocation ended with: the answer as JSON, or the error that Lambda reports to its caller. */
export type Invocation =
  | { readonly ok: true; readonly payload: string }
  | { readonly ok: false; readonly reason: "error" | "timeout" | "too-large"; readonly error: FunctionError };

export type FunctionError = { readonly errorType: string; readonly errorMessage: string };

/** One execution environment of a function, as Lambda calls it. */
export type LambdaEnvironment = {
  /** Handles one event, given as JSON. One at a time. Never rejects: whatever goes wrong inside is an outcome. */
  invoke(event: string): Promise<Invocation>;
  /** False once it crashed, timed out or was stopped. */
  isAlive(): boolean;
  stop(): Promise<unknown>;
};

export type LambdaOptions = {
  readonly clock: Clock;
  /** Where the functions find DynamoDB and Secrets Manager. */
  readonly awsEndpoint: string;
  readonly region: string;
  /** Milliseconds that every invocation may take at least, whatever the template says. @default 0 */
  readonly minTimeoutMs?: number;
  readonly onLine: (line: LogLine) => void;
};

/** A line that a function wrote to its log. */
export type LogLine = { readonly function: string; readonly line: string };

type Message =
  | { readonly kind: "ready" }
  | { readonly kind: "response"; readonly payload: string }
  | { readonly kind: "error" | "broken"; readonly error: FunctionError };

/** Lambda's limit on a synchronous event and on its answer. */
export const MAX_PAYLOAD_BYTES = 6 * 1024 * 1024;

/**
 * Starts a worker thread that imports the function's bundle. An event may be given before it is ready: the function's
 * time-out counts from when it is, as Lambda does not count the init phase.
 */
export const startLambdaEnvironment = (fn: LambdaFunction, options: LambdaOptions): LambdaEnvironment => {
  const timeoutMs = Math.max(fn.timeoutMs, options.minTimeoutMs ?? 0);
  const worker = new Worker(new URL("./lambda-worker.mjs", import.meta.url), {
    name: fn.name,
    env: environmentVariables(fn, options),
    // A worker would inherit the gateway's own loader flags.
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
 * Milliseconds for one attempt of a call to the local DynamoDB or Secrets Manager: a busy machine is not an outage. A call that
 * stalls three times still becomes a 503 of the function before the gateway gives up, after 29 seconds.
 */
const CALL_ATTEMPT_MS = 8000;

/** The variables of the template and those that the Lambda runtime sets: nothing of this machine's. */
const environmentVariables = (fn: LambdaFunction, { awsEndpoint, region }: LambdaOptions): Record<string, string> => ({
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
  // The path tells the endpoint who is calling.
  AWS_ENDPOINT_URL_DYNAMODB: `${awsEndpoint}/${fn.name}`,
  AWS_ENDPOINT_URL_SECRETS_MANAGER: `${awsEndpoint}/${fn.name}`,
});
