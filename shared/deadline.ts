import { AsyncLocalStorage } from "node:async_hooks";

/** The clock and the timers that deadlines use, in milliseconds. Tests pass their own, so that no test has to wait. */
export type Timing = {
  /** The time on a clock that does not step back. Only differences have a meaning. */
  readonly now: () => number;
  /** Calls `run` once, after this many milliseconds. Returns what cancels the call. */
  readonly after: (milliseconds: number, run: () => void) => () => void;
};

export const systemTiming: Timing = {
  now: () => performance.now(),
  after: (milliseconds, run) => {
    const timer = setTimeout(run, milliseconds);
    return () => clearTimeout(timer);
  },
};

/** Work took longer than it may. The AWS SDK retries errors of this name, and `isTemporary` makes the response a 503. */
export class DeadlineExceeded extends Error {
  override readonly name = "TimeoutError";

  constructor() {
    super("The deadline has passed");
  }
}

type Deadline = {
  readonly remainingMs: () => number;
  /** A later deadline, for the writes that follow a failure. Only an invocation has one. */
  readonly cleanUp?: Deadline;
};

/** The deadline that the current work must keep. Each deadline inside another one ends no later than the outer one. */
const deadlines = new AsyncLocalStorage<Deadline>();

/**
 * Runs `run`, and stops waiting after `maxMs`, or sooner when a surrounding deadline passes. The signal is aborted then:
 * `run` passes it to whatever it waits for. If no time is left, `run` is not started.
 *
 * @param maxMs milliseconds
 * @throws DeadlineExceeded when the deadline passes first
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

/** Milliseconds before that which only `inCleanUpTime` may use. */
const CLEAN_UP_MS = 1000;

export type InvocationOptions = {
  /** Milliseconds that are left for the response. @default 500 */
  readonly responseMs?: number;
};

/**
 * Runs the work of one invocation so that the function responds before Lambda ends it. All calls of the invocation share the
 * time that Lambda gives it, less the time for the response and one second for `inCleanUpTime`, however many calls stall.
 *
 * The remaining time is the smaller of what Lambda's context says and what a clock that does not step back says: the
 * context compares with the wall clock (`aws-lambda-nodejs-runtime-interface-client`). Without such a context, as in tests,
 * only the limits of the single calls apply.
 *
 * @param context the second argument of a Lambda handler
 * @throws DeadlineExceeded when the time for the response begins
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
 * Runs a write that must follow a failure, such as the mark of a rotation that nobody was told of. It may use one second more
 * than other calls of the invocation. So a call that used up their time does not keep the write from being made.
 */
export const inCleanUpTime = <Result>(run: () => Promise<Result>): Promise<Result> => {
  const cleanUp = deadlines.getStore()?.cleanUp;
  return cleanUp === undefined ? run() : deadlines.run(cleanUp, run);
};

const hasRemainingTime = (context: object): context is { readonly getRemainingTimeInMillis: () => number } =>
  "getRemainingTimeInMillis" in context && typeof context.getRemainingTimeInMillis === "function";
