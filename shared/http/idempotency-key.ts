import { LatchkeyError } from "../errors.ts";
import type { RequestHeaders } from "./header-values.ts";

/** Visible ASCII without the comma, with which a proxy may join two headers of one name (RFC 9110 5.3). */
const KEY = /^[\x21-\x2b\x2d-\x7e]{16,255}$/;

/**
 * The request's `Idempotency-Key`: any 16 to 255 visible ASCII characters but the comma, so that no client passes off a
 * counter as a secret.
 *
 * @throws LatchkeyError `invalid_request` for anything else, and for two keys
 */
export const readIdempotencyKey = (headers: RequestHeaders): string | undefined => {
  const key = headers.single("idempotency-key");
  if (key !== undefined && !KEY.test(key)) {
    throw new LatchkeyError("invalid_request", {
      description: "`Idempotency-Key` must be 16 to 255 visible ASCII characters without a comma.",
    });
  }
  return key;
};
