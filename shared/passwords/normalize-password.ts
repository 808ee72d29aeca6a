import * as z from "zod/mini";

/** Code points of the normalized password (P2). Every route rejects a longer password before it is hashed. */
export const MAX_PASSWORD_LENGTH = 256;

/**
 * A text with more UTF-16 units than this is longer than `MAX_PASSWORD_LENGTH` code points after normalization. NFC composes at
 * most four code points into one, and a code point has at most two units. Such a text is rejected without normalization.
 */
const MAX_TYPED_UNITS = MAX_PASSWORD_LENGTH * 4 * 2;

/**
 * Computes the form of a password that is measured and hashed: NFC (NIST SP 800-63B-4 3.1.1.2), and every Unicode space as an
 * ASCII space (OpaqueString profile, RFC 8265 4.2.2). Different keyboards produce different forms of the same password. NFKC is
 * not used, so `²` and `2` stay different characters.
 */
export const normalizePassword = (password: string): string => password.replace(/\p{Zs}/gu, " ").normalize("NFC");

/** Counts the code points of the normalized password. Each code point is one character (NIST SP 800-63B-4 3.1.1.2). */
export const passwordLength = (password: string): number => [...normalizePassword(password)].length;

/** Whether a password has more than `MAX_PASSWORD_LENGTH` code points after normalization. All routes use this rule. */
export const isPasswordTooLong = (password: string): boolean =>
  password.length > MAX_TYPED_UNITS || passwordLength(password) > MAX_PASSWORD_LENGTH;

/**
 * Parses the member of a body that contains an existing password: the password of a login, and the current password of a
 * password change. A new password is checked by the policy instead, which has the same limit and returns a reason.
 */
export const typedPassword = z.string().check(z.refine((password) => !isPasswordTooLong(password)));
