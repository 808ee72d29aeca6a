/** The request headers of the API that pages of allowed origins may send (C5). Every preflight response allows them. */
export const API_REQUEST_HEADERS = ["Authorization", "Content-Type", "Idempotency-Key", "X-CSRF-Token"] as const;

/**
 * The header by which the CDN of the stack proves to the functions that a request came through it (B3). Only the CDN and the
 * functions know the value.
 */
export const ORIGIN_SECRET_HEADER = "x-latchkey-origin-secret";
