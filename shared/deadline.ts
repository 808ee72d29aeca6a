import { AsyncLocalStorage } from "node:async_hooks";

/** The clock and the timers of deadlines, in milliseconds. A test passes its own and does not have to wait. */
export type Timing = {
  /** The time on a clock that does not step back. Only differences have a meaning. */
  readonly now: () => number;
  /** Calls `run` once, after this many milliseconds. Returns a function that cancels the call. */
  readonly after: (milliseconds: number, run: () => void) => () => void;
};

/** The clock and the timers of Node.js. */
export const systemTiming: Timing = {
  now: () => performance.now(),
  after: (milliseconds, run) => {
    const timer = setTimeout(run, milliseconds);
    return () => clearTimeout(timer);
  },
};

/** A deadline has passed. The AWS SDK repeats a call after an error of this name. `isTemporary` makes the response a 503. */
export class DeadlineExceeded extends Error {
  override readonly name = "TimeoutError";

  constructor() {
    super("The deadline has passed");
  }
}

type Deadline = {
  readonly remainingMs: () => number;
  /** A later deadline, for the writes that follow a failure. Only the deadline of an invocation has this member. */
  readonly cleanUp?: Deadline;
};

/** The deadline of the current work. An inner deadline never ends later than the outer deadline. */
const deadlines = new AsyncLocalStorage<Deadline>();

/**
 * Runs `run`, and stops waiting after `maxMs`, or sooner if a surrounding deadline passes. Then the signal is aborted. `run`
 * passes the signal to the calls that it waits for. If no time is left, `run` is not started.
 *
 * @param maxMs milliseconds
 * @throws DeadlineExceeded if the deadline passes first, and the errors of `run`
 * @example await within(1000, (signal) => fetch(url, { signal }))
 */
export const within = async <Result>(
  maxMs: number,
  run: (signal: AbortSignal) => Promise<Result>,
  timing: Timing = systemTiming,
): Promise<Result> => {
  const milliseconds = Math.min(maxMs, deadlines.getStore()?.remainingMs() ?? maxMs);
  if (milliseconds <= 0) throw new DeadlineExceeded();
  const endsAt = timing.now() + milliseconds;
  const remainingMs = () => endsAt - timing.now();
  const controller = new AbortController();
  let cancel: (() => void) | undefined;
  const passed = new Promise<never>((_, reject) => {
    cancel = timing.after(milliseconds, () => {
      const error = new DeadlineExceeded();
      reject(error);
      controller.abort(error);
    });
  });
  try {
    return await Promise.race([deadlines.run({ remainingMs }, async () => run(controller.signal)), passed]);
  } finally {
    cancel?.();
  }
};

/** Milliseconds at the end of an invocation in which the response is built, logged and sent. */
const RESPONSE_MS = 500;

/** Milliseconds before the response time that only `inCleanUpTime` may use. */
const CLEAN_UP_MS = 1000;

/** Options of `withinInvocation`. */
export type InvocationOptions = {
  /** Milliseconds that remain for the response. @default 500 */
  readonly responseMs?: number;
};

/**
 * Runs the work of one invocation so that the function responds before Lambda stops it. All calls of the invocation together
 * have the time-out of the function, less the time for the response and one second for `inCleanUpTime`.
 *
 * The remaining time is measured twice, and the smaller result counts. Lambda's context compares with the wall clock
 * (`aws-lambda-nodejs-runtime-interface-client`), which may be corrected. The second measurement uses a clock that does not
 * step back. If the context has no remaining time, as in tests, only the limits of the single calls apply.
 *
 * @param context the second argument of a Lambda handler
 * @throws DeadlineExceeded when the time for the response begins, and the errors of `run`
 * @example export const handler = (event, context) => withinInvocation(context, () => respond(event))
 */
export const withinInvocation = async <Result>(
  context: object,
  run: () => Promise<Result>,
  { responseMs = RESPONSE_MS }: InvocationOptions = {},
): Promise<Result> => {
  if (!hasRemainingTime(context)) return run();
  const startedAt = performance.now();
  const atStart = context.getRemainingTimeInMillis();
  const remaining = () => Math.min(context.getRemainingTimeInMillis(), atStart - (performance.now() - startedAt));
  const cleanUp: Deadline = { remainingMs: () => remaining() - responseMs };
  const calls: Deadline = { remainingMs: () => cleanUp.remainingMs() - CLEAN_UP_MS, cleanUp };
  return deadlines.run(cleanUp, () => within(atStart, () => deadlines.run(calls, run)));
};

/**
 * Runs a write that must follow a failure, for example the mark of a rotation whose response was lost. The write may use one
 * second more than the other calls of the invocation. So the write is made even if another call has used all their time.
 */
export const inCleanUpTime = <Result>(run: () => Promise<Result>): Promise<Result> => {
  const cleanUp = deadlines.getStore()?.cleanUp;
  return cleanUp === undefined ? run() : deadlines.run(cleanUp, run);
};

const hasRemainingTime = (context: object): context is { readonly getRemainingTimeInMillis: () => number } =>
  "getRemainingTimeInMillis" in context && typeof context.getRemainingTimeInMillis === "function";
