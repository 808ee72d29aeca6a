import { ERRORS, type ErrorCode } from "./contract/errors.ts";

/** Whether a value is an error code of the API. */
export const isErrorCode = (value: unknown): value is ErrorCode =>
  typeof value === "string" && Object.hasOwn(ERRORS, value);

type Details = {
  readonly description?: string;
  /** Seconds. Sent as `Retry-After`. */
  readonly retryAfterSeconds?: number;
  /** For `invalid_token`: whether the request had a credential. The challenge depends on this. @default true */
  readonly credentialSent?: boolean;
  readonly cause?: unknown;
  /** For the log line of a 5xx: the reason, and the account that the operator has to look at. */
  readonly logged?: { readonly reason: string; readonly userId: string };
};

/**
 * The one error that becomes a response with its own code. `cause` is for the debugger. The response never contains the cause,
 * and the log contains only its class and its places in the code.
 *
 * @example throw new LatchkeyError("too_many_requests", { retryAfterSeconds: 30 })
 */
export class LatchkeyError extends Error {
  override readonly name = "LatchkeyError";
  readonly code: ErrorCode;
  readonly retryAfterSeconds: number | undefined;
  readonly logged: Details["logged"];
  readonly credentialSent: boolean;

  constructor(code: ErrorCode, details: Details = {}) {
    super(details.description ?? ERRORS[code].description, { cause: details.cause });
    this.code = code;
    this.retryAfterSeconds = details.retryAfterSeconds;
    this.logged = details.logged;
    this.credentialSent = details.credentialSent ?? true;
  }
}
