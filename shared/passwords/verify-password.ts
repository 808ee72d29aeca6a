import { isEqualInConstantTime } from "../crypto/constant-time.ts";
import { bcryptjs, DEFAULT_COST, idleSalt, makeUpWork } from "./bcrypt.ts";
import type { PasswordSecrets, PasswordWork } from "./hash-password.ts";
import { normalizePassword } from "./normalize-password.ts";
import { lk1Input, type PasswordDigest, parseDigest, rootSecretId } from "./password-digest.ts";

export type PasswordVerification = {
  readonly verified: boolean;
  /**
   * The password is right, its digest of an older scheme or lower cost: store `hashPassword(password)` instead (P6). Never for
   * a password that an imported digest did not check whole (P8, `isCheckedWhole`).
   */
  readonly needsRehash: boolean;
  /** No password can match this digest: absent, damaged, `$2x$`, above the highest cost or made with another pepper. */
  readonly malformed: boolean;
};

/**
 * Verifies a password against the digest of a user row. For an address without an account pass undefined: it must cost
 * the same, and `malformed` then means nothing. Never throws over a digest.
 *
 * Every call does the work of one bcrypt hash at `cost`, whatever the digest and whether or not it matches, because time
 * would tell which accounts exist (L2). Two cases differ: a password that normalization changes costs twice that, with
 * or without an account (see `typedForms`); an imported digest above `cost` takes its own time until it is replaced.
 */
export const verifyPassword = async (
  password: string,
  digest: string | null | undefined,
  secrets: PasswordSecrets,
  { cost = DEFAULT_COST, bcrypt = bcryptjs }: PasswordWork = {},
): Promise<PasswordVerification> => {
  const stored = usableDigest(digest, secrets);
  let verified = false;
  let checkedWhole = false;
  for (const typed of typedForms(password)) {
    const computed = await bcrypt(bcryptInput(typed, stored, secrets), stored?.salt ?? idleSalt(cost));
    await makeUpWork(bcrypt, stored?.cost ?? cost, cost);
    if (stored && isMatch(typed, computed, stored)) {
      verified = true;
      checkedWhole ||= stored.scheme === "lk1" || isCheckedWhole(typed, secrets);
    }
  }
  const current = stored?.scheme === "lk1" && stored.cost >= cost;
  return { verified, needsRehash: checkedWhole && !current, malformed: stored === undefined };
};

const usableDigest = (
  digest: string | null | undefined,
  { rootSecret }: PasswordSecrets,
): PasswordDigest | undefined => {
  const stored = parseDigest(digest);
  return stored?.scheme === "lk1" && stored.rootSecretId !== rootSecretId(rootSecret) ? undefined : stored;
};

/**
 * Rails hashed the bytes as they were typed, and another system may type the same word as other bytes: both are tried.
 * The second try depends on the look of the password alone, made even where no digest needs it, and so tells nothing.
 */
const typedForms = (password: string): string[] => [...new Set([password, normalizePassword(password)])];

/** What was hashed: our HMAC, or the password and then Devise's pepper, which bcrypt cuts at 72 bytes as in Rails. */
const bcryptInput = (typed: string, stored: PasswordDigest | undefined, secrets: PasswordSecrets): string =>
  stored?.scheme === "bcrypt" ? typed + (secrets.devisePepper ?? "") : lk1Input(secrets.rootSecret, typed);

/** Of its input and a NUL behind, bcrypt reads this many bytes; a shorter input it repeats, with the NUL. */
const BCRYPT_BYTES = 72;

/** So much of Devise's pepper no password contains by chance: 16 characters of `rake secret` are 64 random bits. */
const MIN_PEPPER_BYTES = 16;

/**
 * Whether a typed password that matches an imported digest is the whole password, and not only equal in the bytes that bcrypt
 * read (P8). It is if one of two marks of its end was among these bytes:
 *
 * - the NUL: password and pepper have at most 71 bytes. With 72 bytes the true password may go on.
 * - the pepper: at least 16 bytes of it. A longer password would have these bytes of the secret in it.
 */
const isCheckedWhole = (typed: string, { devisePepper = "" }: PasswordSecrets): boolean => {
  const [typedBytes, pepperBytes] = [Buffer.byteLength(typed), Buffer.byteLength(devisePepper)];
  if (typedBytes + pepperBytes < BCRYPT_BYTES) return true;
  return pepperBytes >= MIN_PEPPER_BYTES && typedBytes + MIN_PEPPER_BYTES <= BCRYPT_BYTES;
};

const isMatch = (typed: string, computed: string, stored: PasswordDigest): boolean => {
  // bcrypt repeats its input with a NUL between, so "x" and "x\0x" have one digest. Our own input is base64: no NUL.
  if (stored.scheme === "bcrypt" && typed.includes("\0")) return false;
  return isEqualInConstantTime(computed, stored.bcrypt);
};
