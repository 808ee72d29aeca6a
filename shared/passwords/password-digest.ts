import { createHmac } from "node:crypto";
import { MAX_COST, MIN_COST } from "./bcrypt.ts";
import { normalizePassword } from "./normalize-password.ts";

/**
 * The parts of a digest in a user row. There are two schemes:
 *
 * - `lk1`: `$lk1$<root secret id>$2b$12$…`, bcrypt over base64(HMAC-SHA-384(root secret, normalized password)). The input of
 *   bcrypt has 64 characters without a NUL. bcrypt reads 72 bytes, so no part of the password is cut off (P3).
 * - `bcrypt`: `$2a$`, `$2b$` or `$2y$`, imported from Rails, Devise or PHP. For UTF-8 these three are the same algorithm.
 *   `$2x$` has a fault (CVE-2011-2483) and is not accepted.
 */
export type PasswordDigest = {
  readonly scheme: "lk1" | "bcrypt";
  /** The id of the root secret that made the digest. Only for `lk1`. */
  readonly rootSecretId: string | undefined;
  /** The 60 characters of the bcrypt digest. */
  readonly bcrypt: string;
  /** `$2b$12$` and 22 characters: the salt argument of bcrypt. */
  readonly salt: string;
  readonly cost: number;
};

/**
 * The last character of the salt and of the digest has spare bits. bcrypt writes these bits as zero, so other characters never
 * match.
 */
const BCRYPT = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{30}[.CGKOSWaeimquy26]$/;
const LK1_PREFIX = /^\$lk1\$([0-9a-f]{16})(?=\$)/;

/** Parses the digest of a user row. Returns undefined if no password can match the digest. */
export const parseDigest = (digest: string | null | undefined): PasswordDigest | undefined => {
  if (typeof digest !== "string") return undefined;
  const lk1 = LK1_PREFIX.exec(digest);
  const bcrypt = digest.slice(lk1?.[0].length ?? 0);
  const cost = Number(BCRYPT.exec(bcrypt)?.[1]);
  if (!(cost >= MIN_COST && cost <= MAX_COST)) return undefined;
  return { scheme: lk1 ? "lk1" : "bcrypt", rootSecretId: lk1?.[1], bcrypt, salt: bcrypt.slice(0, 29), cost };
};

/** Builds the text of an `lk1` digest. */
export const formatLk1Digest = (rootSecret: string, bcrypt: string): string =>
  `$lk1$${rootSecretId(rootSecret)}${bcrypt}`;

/** Computes the input of bcrypt for an `lk1` digest. */
export const lk1Input = (rootSecret: string, password: string): string =>
  createHmac("sha384", rootSecret).update(normalizePassword(password), "utf8").digest("base64");

/** Computes the id of a root secret, which reveals nothing about the secret. A digest of another root secret has another id. */
export const rootSecretId = (rootSecret: string): string =>
  // Every stored `lk1` digest contains this hash, so this label must never change.
  createHmac("sha256", rootSecret).update("latchkey pepper id").digest("hex").slice(0, 16);
