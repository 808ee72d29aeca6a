// @ts-check
// One execution environment of a Lambda function: a worker thread that imports the deployed bundle and handles one event at a
// time. The file is plain JavaScript, so that a worker starts without a TypeScript loader.
import { randomUUID } from "node:crypto";
import { parentPort, workerData } from "node:worker_threads";

/**
 * @typedef {{ moduleUrl: string, exportName: string, clock: SharedArrayBuffer, timeoutMs: number, context: Record<string, string> }} WorkerData
 * @typedef {{ requestId: string, event: string }} Invocation
 */

const { moduleUrl, exportName, clock, timeoutMs, context } = /** @type {WorkerData} */ (workerData);
const port = /** @type {import("node:worker_threads").MessagePort} */ (parentPort);

moveDate(new Int32Array(clock));

/** @type {((event: unknown, context: unknown) => unknown) | undefined} */
let handler;
try {
  const module = await import(moduleUrl);
  handler = module[exportName];
  if (typeof handler !== "function") throw new TypeError(`${exportName} is not a function exported by ${moduleUrl}`);
  port.on("message", handle);
  port.postMessage({ kind: "ready" });
} catch (error) {
  console.error(error);
  port.postMessage({ kind: "broken", error: describeError(error) });
}

/** @param {Invocation} invocation */
async function handle({ requestId, event }) {
  try {
    const response = await handler?.(JSON.parse(event), createContext(requestId));
    port.postMessage({ kind: "response", payload: JSON.stringify(response ?? null) });
  } catch (error) {
    console.error(error);
    port.postMessage({ kind: "error", error: describeError(error) });
  }
}

/** @param {string} requestId */
function createContext(requestId) {
  const deadline = performance.now() + timeoutMs;
  return {
    ...context,
    awsRequestId: requestId,
    logStreamName: randomUUID(),
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, Math.round(deadline - performance.now())),
  };
}

/**
 * Returns the error that the Lambda runtime reports for a thrown value.
 * @param {unknown} error
 */
function describeError(error) {
  return error instanceof Error
    ? { errorType: error.name, errorMessage: error.message }
    : { errorType: "string", errorMessage: String(error) };
}

/**
 * Replaces `Date`, so that the bundle sees the time of the service instead of the time of the machine.
 * @param {Int32Array} offsetSeconds
 */
function moveDate(offsetSeconds) {
  const RealDate = Date;
  const now = () => RealDate.now() + Atomics.load(offsetSeconds, 0) * 1000;
  globalThis.Date = new Proxy(RealDate, {
    apply: () => new RealDate(now()).toString(),
    construct: (target, args, newTarget) => Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
    get: (target, property, receiver) => (property === "now" ? now : Reflect.get(target, property, receiver)),
  });
}
