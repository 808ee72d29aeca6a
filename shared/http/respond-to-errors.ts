import { isTemporary } from "../aws/errors.ts";
import { LatchkeyError } from "../errors.ts";
import { writeLog } from "../log/log.ts";
import type { HttpOptions } from "./http-options.ts";
import type { Middleware } from "./middleware.ts";
import { readCaller } from "./request.ts";
import { toErrorResponse, toResult } from "./response.ts";

/**
 * Makes a response of every error. A `LatchkeyError` has the status of its code. A temporary fault of AWS is a 503 with
 * `Retry-After: 1`. Every other error is a 500. Denials for `csrf_failed` and faults are logged; the log never has the body.
 */
export const respondToErrors = ({ log = writeLog, securityHeaders }: HttpOptions): Middleware => ({
  onError: (request) => {
    const { requestId, ip, userAgent } = readCaller(request.event);
    const error = toLatchkeyError(request.error);
    if (error.code === "csrf_failed") {
      log("info", "request_denied", { requestId, ip, userAgent, route: request.event.resource, reason: error.code });
    }
    if (error.code === "internal_error" || error.code === "temporarily_unavailable") {
      const cause = describeCause(error.cause);
      log("error", "request_failed", { requestId, error: error.code, ...error.logged, cause });
    }
    request.response = toResult(toErrorResponse(error, requestId), securityHeaders);
  },
});

const toLatchkeyError = (error: unknown): LatchkeyError => {
  if (error instanceof LatchkeyError) return error;
  if (isTemporary(error)) return new LatchkeyError("temporarily_unavailable", { retryAfterSeconds: 1, cause: error });
  return new LatchkeyError("internal_error", { cause: error });
};

/** The class of an error and where our code threw the error. The message is left out: it may quote input or tables (G1). */
const describeCause = (cause: unknown): unknown =>
  cause instanceof Error ? { name: cause.name, at: listFrames(cause).slice(0, 3) } : undefined;

/** A stack begins with the message, which may have several lines. */
const listFrames = ({ message, stack = "" }: Error): readonly string[] =>
  stack
    .replace(message, "")
    .split("\n")
    .filter((line) => /^ {4}at \S/.test(line))
    .map((line) => line.trim());
