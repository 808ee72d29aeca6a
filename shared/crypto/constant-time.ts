import { createHash, timingSafeEqual } from "node:crypto";

/**
 * Compares two texts in a time that tells neither the length nor the place of a difference: SHA-256 gives both one length
 * before `timingSafeEqual` compares them. Undefined equals nothing, not even undefined.
 *
 * @example isEqualInConstantTime(request.headers["x-secret"], secret)
 */
export const isEqualInConstantTime = (a: string | undefined, b: string | undefined): boolean =>
  a !== undefined && b !== undefined && timingSafeEqual(sha256(a), sha256(b));

const sha256 = (text: string): Buffer => createHash("sha256").update(text, "utf8").digest();
