import type { BreachLookup } from "./breach-lookup.ts";
import { isCommonPassword } from "./common-passwords.ts";
import { isPasswordTooLong, MAX_PASSWORD_LENGTH, passwordLength } from "./normalize-password.ts";

/** The rules for a new password. */
export type PasswordPolicy = {
  /** Code points. */
  readonly minLength: number;
  /** The password must not contain this name. */
  readonly serviceName: string;
  /** Looks the password up at a breach service. @default no lookup */
  readonly isBreached?: BreachLookup;
};

/** The rule that a new password violates. */
export type PasswordRejection =
  | "too_short"
  | "too_long"
  | "not_unicode"
  | "contains_service_name"
  | "contains_email"
  | "common"
  | "breached";

/** The decision about a new password. `description` is for the person who chose the password. */
export type PolicyVerdict =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: PasswordRejection; readonly description: string };

/** U+FFFD: the character that decoders write for bytes that they cannot decode. */
const REPLACEMENT = "\ufffd";

/** Code points. A shorter name is part of too many words, so passwords that contain a shorter name are accepted. */
const MIN_NAME_LENGTH = 4;

/**
 * Decides whether a new password is acceptable (NIST SP 800-63B-4 3.1.1.2). There are no composition rules: all characters are
 * allowed, in any combination. This function does not look the password up at a breach service. Never apply the policy to an
 * existing password.
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
  // A lone surrogate has no UTF-8 form. All lone surrogates would be hashed as the same replacement character. API Gateway writes the
  // same character for bytes that are not UTF-8, such as `ü` in ISO 8859-1.
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

/**
 * Decides whether a new password is acceptable: first by `checkPasswordPolicy`, and if that accepts the password, by the breach
 * service, if the policy has one.
 * @example await checkNewPassword("seven quiet herons", { minLength: 15, serviceName: "Shop", email }) // { ok: true }
 */
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

/** Whether the password contains the name. `jane-doe…` and `JANEDOE…` contain `Jane.Doe`. */
const containsName = (password: string, name: string): boolean => {
  const sought = lettersAndDigits(name);
  return [...sought].length >= MIN_NAME_LENGTH && lettersAndDigits(password).includes(sought);
};

const lettersAndDigits = (text: string): string =>
  text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}]/gu, "");

/** Returns the part of an address before `+` or `@`: `jane` of `jane+shop@example.com`. */
const localPart = (email: string): string => /^[^@+]*/.exec(email)?.[0] ?? "";
