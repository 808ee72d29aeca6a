/**
 * Every error code that the API answers, its HTTP status, and the description a client sees when the thrower gives none.
 * The list is the documentation: a code is never renamed, and never answers with two statuses.
 */
export const ERRORS = {
  invalid_request: { status: 400, description: "The request is malformed." },
  invalid_password: { status: 400, description: "The password does not meet the policy." },
  invalid_credentials: { status: 401, description: "The e-mail address or the password is wrong." },
  invalid_grant: { status: 401, description: "The refresh token is invalid, expired or revoked." },
  invalid_token: { status: 401, description: "The access token is missing, invalid, expired or revoked." },
  insufficient_scope: { status: 403, description: "The access token does not carry the scope this needs." },
  wrong_password: { status: 403, description: "The current password is wrong." },
  csrf_failed: { status: 403, description: "The request did not prove that it comes from the site of the session." },
  registration_closed: { status: 403, description: "Accounts cannot be created here." },
  not_found: { status: 404, description: "There is nothing here." },
  account_exists: { status: 409, description: "An account with this e-mail address exists." },
  payload_too_large: { status: 413, description: "The request body is too large." },
  unsupported_media_type: { status: 415, description: "The request body must be application/json." },
  too_many_requests: { status: 429, description: "Too many requests. Try again later." },
  internal_error: { status: 500, description: "Something went wrong on our side." },
  temporarily_unavailable: { status: 503, description: "The service is busy. Try the same request again." },
} as const satisfies Record<string, { status: number; description: string }>;

/** The code of an error in a response of the API. */
export type ErrorCode = keyof typeof ERRORS;

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
