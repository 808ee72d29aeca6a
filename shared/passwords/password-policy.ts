import type { BreachLookup } from "./breach-lookup.ts";
import { isCommonPassword } from "./common-passwords.ts";
import { isPasswordTooLong, MAX_PASSWORD_LENGTH, passwordLength } from "./normalize-password.ts";

/** What a new password is held against; `minLength` in code points. */
export type PasswordPolicy = {
  readonly minLength: number;
  readonly serviceName: string;
  /** Asks elsewhere whether the password was in a breach. @default nobody is asked */
  readonly isBreached?: BreachLookup;
};

export type PasswordRejection =
  | "too_short"
  | "too_long"
  | "not_unicode"
  | "contains_service_name"
  | "contains_email"
  | "common"
  | "breached";

export type PolicyVerdict =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: PasswordRejection; readonly description: string };

/** U+FFFD: what decoders write for bytes that they cannot decode. */
const REPLACEMENT = "\ufffd";

/** Shorter names are part of too many words to refuse a password for them. Code points. */
const MIN_NAME_LENGTH = 4;

/**
 * Whether a new password is acceptable, and if not, why, in words for the person who chose it (NIST SP 800-63B-4
 * 3.1.1.2). Any characters in any mix: no composition rules. Only for a password about to be set: an existing one is
 * never held against today's policy.
 */
export const checkPasswordPolicy = (
  password: string,
  { minLength, serviceName, email }: PasswordPolicy & { readonly email: string },
): PolicyVerdict => {
  if (isPasswordTooLong(password)) {
    return rejected("too_long", `The password must have at most ${MAX_PASSWORD_LENGTH} characters.`);
  }
  if (passwordLength(password) < minLength) {
    return rejected("too_short", `The password must have at least ${minLength} characters.`);
  }
  // A lone surrogate has no UTF-8 form: any of them would be hashed as the same replacement character. API Gateway puts the same
  // character in place of bytes that are no UTF-8, such as `ü` in ISO 8859-1.
  if (!password.isWellFormed() || password.includes(REPLACEMENT)) {
    return rejected("not_unicode", "The password holds characters that are not valid Unicode.");
  }
  if (containsName(password, serviceName)) {
    return rejected("contains_service_name", "The password must not contain the name of the service.");
  }
  if (containsName(password, localPart(email))) {
    return rejected("contains_email", "The password must not contain your e-mail address.");
  }
  if (isCommonPassword(password)) return rejected("common", "The password is commonly used or easily guessed.");
  return { ok: true };
};

/** `checkPasswordPolicy`, and what only others know: the password is asked for when nothing else is against it. */
export const checkNewPassword = async (
  password: string,
  policy: PasswordPolicy & { readonly email: string },
): Promise<PolicyVerdict> => {
  const verdict = checkPasswordPolicy(password, policy);
  if (!verdict.ok || !(await policy.isBreached?.(password))) return verdict;
  return rejected("breached", "The password has appeared in a data breach of another service.");
};

const rejected = (reason: PasswordRejection, description: string): PolicyVerdict => ({
  ok: false,
  reason,
  description,
});

/** `Jane.Doe` is found in `jane-doe…` and `JANEDOE…`. */
const containsName = (password: string, name: string): boolean => {
  const sought = lettersAndDigits(name);
  return [...sought].length >= MIN_NAME_LENGTH && lettersAndDigits(password).includes(sought);
};

const lettersAndDigits = (text: string): string =>
  text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}]/gu, "");

/** Of `jane+shop@example.com` the `jane`. */
const localPart = (email: string): string => /^[^@+]*/.exec(email)?.[0] ?? "";
