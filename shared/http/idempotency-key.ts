import { LatchkeyError } from "../errors.ts";
import type { RequestHeaders } from "./header-values.ts";

/** Visible ASCII without the comma. A proxy may join two headers of one name with a comma (RFC 9110 5.3). */
const KEY = /^[\x21-\x2b\x2d-\x7e]{16,255}$/;

/**
 * Reads the `Idempotency-Key` of a request: 16 to 255 visible ASCII characters without a comma. The minimum length keeps
 * clients from sending a counter, because the key is a secret.
 *
 * @returns `undefined` if the request has no key
 * @throws LatchkeyError `invalid_request` if the key has another form, or if there are two keys
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
