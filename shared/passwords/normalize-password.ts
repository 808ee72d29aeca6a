/** Longer passwords are refused before any hashing: nobody makes the service hash a megabyte. Code points (P2). */
export const MAX_PASSWORD_LENGTH = 256;

/**
 * The form of a password that is measured and hashed: NFC (NIST SP 800-63B-4 3.1.1.2), with every Unicode space made an
 * ASCII space as the OpaqueString profile has it (RFC 8265 4.2.2), because keyboards disagree on both. Not NFKC: `²` and
 * `2` stay two characters.
 */
export const normalizePassword = (password: string): string => password.replace(/\p{Zs}/gu, " ").normalize("NFC");

/** Code points of the normalized password: each counts as one character (NIST SP 800-63B-4 3.1.1.2). */
export const passwordLength = (password: string): number => [...normalizePassword(password)].length;

/** True for a password that no route accepts, login included: answer 400 without hashing it. */
export const isPasswordTooLong = (password: string): boolean => passwordLength(password) > MAX_PASSWORD_LENGTH;
