import { ApiError, networkError, readRetryAfter } from "./errors.ts";

const TRIES = 4;
const TIMEOUT_MS = 15_000;
/** Asked to wait longer than this, a client says so to its caller instead of waiting. */
const MAX_WAIT_SECONDS = 10;

export type Sleep = (milliseconds: number) => Promise<void>;

export const sleepByTimer: Sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/**
 * Sends a request that may be repeated until it is answered, and not by "later" (429, 5xx): waits as long as the answer asks
 * (`Retry-After`), else about 0.5, 1 and 2 s, at random so that many clients do not come back together.
 *
 * @returns the last answer, which may still be "later"; its body has arrived
 * @throws ApiError `network_error` if the last try got no answer
 */
export const sendWithRetry = async (
  send: (signal: AbortSignal) => Promise<Response>,
  sleep: Sleep,
): Promise<Response> => {
  for (let tries = 1; ; tries++) {
    const outcome = await tryOnce(send);
    const isResponse = !(outcome instanceof ApiError);
    const retryAfterSeconds = isResponse ? readRetryAfter(outcome) : undefined;
    if (isResponse && outcome.status !== 429 && outcome.status < 500) return outcome;
    if (tries === TRIES || (retryAfterSeconds ?? 0) > MAX_WAIT_SECONDS) {
      if (isResponse) return outcome;
      throw outcome;
    }
    await sleep(retryAfterSeconds === undefined ? 250 * 2 ** tries * (0.5 + Math.random()) : retryAfterSeconds * 1000);
  }
};

const tryOnce = async (send: (signal: AbortSignal) => Promise<Response>): Promise<Response | ApiError> => {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), TIMEOUT_MS);
  try {
    const response = await send(controller.signal);
    // Half an answer is a lost one.
    await response.clone().text();
    return response;
  } catch (cause) {
    return networkError(cause);
  } finally {
    clearTimeout(timer);
  }
};
