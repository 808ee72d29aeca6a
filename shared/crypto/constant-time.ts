import { createHash, timingSafeEqual } from "node:crypto";

/**
 * Compares two texts. The time shows neither the place of a difference nor whether the lengths differ: `timingSafeEqual`
 * compares the SHA-256 of the two texts, which have the same length. Returns false if one of the texts or both are undefined.
 *
 * @example isEqualInConstantTime(request.headers["x-secret"], secret)
 */
export const isEqualInConstantTime = (a: string | undefined, b: string | undefined): boolean =>
  a !== undefined && b !== undefined && timingSafeEqual(sha256(a), sha256(b));

const sha256 = (text: string): Buffer => createHash("sha256").update(text, "utf8").digest();
