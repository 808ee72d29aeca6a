import { ERRORS, type ErrorCode } from "./contract/errors.ts";

/** Whether a value is one of our error codes. */
export const isErrorCode = (value: unknown): value is ErrorCode =>
  typeof value === "string" && Object.hasOwn(ERRORS, value);

type Details = {
  readonly description?: string;
  /** Sent as `Retry-After`. */
  readonly retryAfterSeconds?: number;
  /** For `invalid_token`: whether a credential came with the request at all. It decides the challenge. @default true */
  readonly credentialSent?: boolean;
  readonly cause?: unknown;
  /** For the log line of a 5xx: why, and whose account the operator has to look at. */
  readonly logged?: { readonly reason: string; readonly userId: string };
};

/** The one error that becomes an answer. `cause` is for the debugger: it is never sent, and never logged raw. */
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
