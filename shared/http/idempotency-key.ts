import { LatchkeyError } from "../errors.ts";

/**
 * The request's `Idempotency-Key`: any 16 to 255 visible ASCII characters, so that no client passes off a counter as a
 * secret.
 *
 * @throws LatchkeyError `invalid_request` for anything else
 */
export const idempotencyKey = (headers: Readonly<Record<string, string | undefined>>): string | undefined => {
  const key = headers["idempotency-key"];
  if (key !== undefined && !/^[\x21-\x7e]{16,255}$/.test(key)) {
    throw new LatchkeyError("invalid_request", {
      description: "`Idempotency-Key` must be 16 to 255 visible ASCII characters.",
    });
  }
  return key;
};
