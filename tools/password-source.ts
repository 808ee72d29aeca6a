import { dictionary } from "@zxcvbn-ts/language-common";
import { MIN_LISTED_LENGTH } from "../shared/passwords/listed-passwords.ts";

/** The lowest minimum length of a password that a setting allows, in code points (P1). */
const MIN_PASSWORD_LENGTH = 8;

/** Shorter passwords count as parts of longer ones. Only the most common ones do, because users do not combine rare ones. */
const COMMON_RANKS = 10_000;

/** Returns the passwords of the filter in `shared/passwords`, the most common first. */
export const passwordSource = (): readonly string[] =>
  dictionary["passwords-common"].filter(
    (password, rank) => [...password].length >= (rank < COMMON_RANKS ? MIN_LISTED_LENGTH : MIN_PASSWORD_LENGTH),
  );
