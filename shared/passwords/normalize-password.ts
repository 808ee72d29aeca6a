import * as z from "zod/mini";

/** Code points of the normalized password (P2). Every route rejects a longer password before it is hashed. */
export const MAX_PASSWORD_LENGTH = 256;

/**
 * No text of more UTF-16 units can normalize to `MAX_PASSWORD_LENGTH` code points: NFC composes at most four code points
 * into one, and a code point has at most two units. A longer text is rejected without normalizing it.
 */
const MAX_TYPED_UNITS = MAX_PASSWORD_LENGTH * 4 * 2;

/**
 * The form of a password that is measured and hashed: NFC (NIST SP 800-63B-4 3.1.1.2), with every Unicode space made an
 * ASCII space as the OpaqueString profile has it (RFC 8265 4.2.2), because keyboards disagree on both. Not NFKC: `²` and
 * `2` stay two characters.
 */
export const normalizePassword = (password: string): string => password.replace(/\p{Zs}/gu, " ").normalize("NFC");

/** Code points of the normalized password: each counts as one character (NIST SP 800-63B-4 3.1.1.2). */
export const passwordLength = (password: string): number => [...normalizePassword(password)].length;

/** Whether a password has more than `MAX_PASSWORD_LENGTH` code points after normalization. The one rule for all routes. */
export const isPasswordTooLong = (password: string): boolean =>
  password.length > MAX_TYPED_UNITS || passwordLength(password) > MAX_PASSWORD_LENGTH;

/**
 * A body member with a password that exists: at login, and the current one of a password change. A new password is held
 * against the policy instead, which gives the reason; the limit is the same.
 */
export const typedPassword = z.string().check(z.refine((password) => !isPasswordTooLong(password)));
