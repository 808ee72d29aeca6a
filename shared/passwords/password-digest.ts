import { createHmac } from "node:crypto";
import { MAX_COST, MIN_COST } from "./bcrypt.ts";
import { normalizePassword } from "./normalize-password.ts";

/**
 * A digest as it lies in a user row, by scheme:
 *
 * - `lk1`: `$lk1$<pepper id>$2b$12$…`, bcrypt over base64(HMAC-SHA-384(pepper, normalized password)). That is 64
 *   characters without a NUL, within bcrypt's 72 bytes, so nothing of a password is cut off (P3).
 * - `bcrypt`: `$2a$`, `$2b$` or `$2y$` as imported from Rails, Devise or PHP. For UTF-8 the three are one algorithm;
 *   `$2x$` is a broken one (CVE-2011-2483) and not known here.
 */
export type PasswordDigest = {
  readonly scheme: "lk1" | "bcrypt";
  /** Which pepper made it; only an `lk1` has one. */
  readonly rootSecretId: string | undefined;
  /** The 60 characters of plain bcrypt. */
  readonly bcrypt: string;
  /** `$2b$12$` and 22 characters: what bcrypt needs to compute it again. */
  readonly salt: string;
  readonly cost: number;
};

/** The last character of salt and of digest has spare bits: zero in what bcrypt writes, and nothing matches others. */
const BCRYPT = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{30}[.CGKOSWaeimquy26]$/;
const LK1_PREFIX = /^\$lk1\$([0-9a-f]{16})(?=\$)/;

/** Takes apart what a user row holds; undefined for anything that no password can match. */
export const parseDigest = (digest: string | null | undefined): PasswordDigest | undefined => {
  if (typeof digest !== "string") return undefined;
  const lk1 = LK1_PREFIX.exec(digest);
  const bcrypt = digest.slice(lk1?.[0].length ?? 0);
  const cost = Number(BCRYPT.exec(bcrypt)?.[1]);
  if (!(cost >= MIN_COST && cost <= MAX_COST)) return undefined;
  return { scheme: lk1 ? "lk1" : "bcrypt", rootSecretId: lk1?.[1], bcrypt, salt: bcrypt.slice(0, 29), cost };
};

export const formatLk1Digest = (rootSecret: string, bcrypt: string): string =>
  `$lk1$${rootSecretId(rootSecret)}${bcrypt}`;

/** What `lk1` gives bcrypt to hash. */
export const lk1Input = (rootSecret: string, password: string): string =>
  createHmac("sha384", rootSecret).update(normalizePassword(password), "utf8").digest("base64");

/** Names a pepper and tells nothing of it, so that a digest made with another one is known at sight. */
export const rootSecretId = (rootSecret: string): string =>
  createHmac("sha256", rootSecret).update("latchkey pepper id").digest("hex").slice(0, 16);
