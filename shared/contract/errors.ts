/**
 * Every error code of the API, its HTTP status, and the description that a client sees if the thrower gives no other.
 *
 * The table is the documentation of the codes. A code is never renamed, and has one status only. API Gateway sends the same
 * codes for the requests that never reach a function (`infra/constructs/gateway-responses.ts`).
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

/** A code of the table. */
export type ErrorCode = keyof typeof ERRORS;
