import { isEqualInConstantTime } from "../crypto/constant-time.ts";
import { bcryptjs, DEFAULT_COST, idleSalt, makeUpWork } from "./bcrypt.ts";
import type { PasswordSecrets, PasswordWork } from "./hash-password.ts";
import { normalizePassword } from "./normalize-password.ts";
import { lk1Input, type PasswordDigest, parseDigest, rootSecretId } from "./password-digest.ts";

/** The result of `verifyPassword`. */
export type PasswordVerification = {
  readonly verified: boolean;
  /**
   * The password is right, and its digest has an older scheme or a lower cost: store `hashPassword(password)` instead (P6).
   * Never true for a password of which an imported digest checked only a part (P8, `isCheckedWhole`).
   */
  readonly needsRehash: boolean;
  /**
   * No password can match this digest: it is absent, damaged, `$2x$`, above the highest cost, or made with another root secret.
   */
  readonly malformed: boolean;
};

/**
 * Verifies a password against the digest of a user row. If the account does not exist, pass undefined: then the call takes the
 * same time, and `malformed` has no meaning. A malformed digest causes no error.
 *
 * Every call does the work of one bcrypt hash at `cost`, for every digest, and whether or not the password matches. Otherwise
 * the time would show which accounts exist (L2). There are two exceptions. A password that normalization changes costs twice
 * this work, with or without an account (see `typedForms`). An imported digest above `cost` takes its own time until it is
 * replaced.
 *
 * @example (await verifyPassword(password, user?.passwordDigest, ring)).verified
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
 * Returns the forms of a password to try. Rails hashed the bytes as they were typed, and another keyboard may produce other
 * bytes for the same word. So both forms are tried. The number of forms depends on the password only, not on the digest, so the
 * time shows nothing about the account.
 */
const typedForms = (password: string): string[] => [...new Set([password, normalizePassword(password)])];

/**
 * Computes the input of bcrypt: the HMAC of `lk1`, or the password followed by Devise's pepper, which bcrypt cuts at 72 bytes as
 * Rails does.
 */
const bcryptInput = (typed: string, stored: PasswordDigest | undefined, secrets: PasswordSecrets): string =>
  stored?.scheme === "bcrypt" ? typed + (secrets.devisePepper ?? "") : lk1Input(secrets.rootSecret, typed);

/** bcrypt reads this number of bytes of its input and the NUL after the input. It repeats a shorter input, with the NUL. */
const BCRYPT_BYTES = 72;

/** No password contains this number of bytes of Devise's pepper by chance: 16 characters of `rake secret` are 64 random bits. */
const MIN_PEPPER_BYTES = 16;

/**
 * Whether a typed password that matches an imported digest is the whole password (P8). bcrypt compares only the first bytes. The
 * typed password is complete if the compared bytes contain one of two marks of its end:
 *
 * - the NUL, if the password and the pepper have at most 71 bytes together. With 72 bytes the true password may be longer.
 * - at least 16 bytes of the pepper. A longer password would contain these bytes of the secret.
 */
const isCheckedWhole = (typed: string, { devisePepper = "" }: PasswordSecrets): boolean => {
  const [typedBytes, pepperBytes] = [Buffer.byteLength(typed), Buffer.byteLength(devisePepper)];
  if (typedBytes + pepperBytes < BCRYPT_BYTES) return true;
  return pepperBytes >= MIN_PEPPER_BYTES && typedBytes + MIN_PEPPER_BYTES <= BCRYPT_BYTES;
};

const isMatch = (typed: string, computed: string, stored: PasswordDigest): boolean => {
  // bcrypt repeats its input with a NUL in between, so "x" and "x\0x" have the same digest. The input of `lk1` has no NUL.
  if (stored.scheme === "bcrypt" && typed.includes("\0")) return false;
  return isEqualInConstantTime(computed, stored.bcrypt);
};
