import { ApiError, networkError, readRetryAfter } from "./errors.ts";

const MAX_TRIES = 4;
const TIMEOUT_MS = 15_000;
/** A longer wait is left to the caller, who gets the response with its `Retry-After`. */
const MAX_WAIT_SECONDS = 10;

/** Waits for a number of milliseconds. */
export type Sleep = (milliseconds: number) => Promise<void>;

/** Waits by `setTimeout`. */
export const sleepByTimer: Sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/**
 * Sends a request up to four times, until a response arrives that is neither 429 nor 5xx. Only for requests that may be repeated.
 * Waits as long as `Retry-After` says, at most 10 s. Without the header, waits about 0.5, 1 and 2 s. The wait is partly random,
 * so that many clients do not come back at the same moment.
 *
 * @returns the last response, which may be 429 or 5xx. Its body has arrived completely.
 * @throws ApiError `network_error` if the last try got no response
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
    if (tries === MAX_TRIES || (retryAfterSeconds ?? 0) > MAX_WAIT_SECONDS) {
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
    // A response whose body does not arrive completely counts as no response.
    await response.clone().text();
    return response;
  } catch (cause) {
    return networkError(cause);
  } finally {
    clearTimeout(timer);
  }
};
