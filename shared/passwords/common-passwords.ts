import { guessingCost } from "./guessing-cost.ts";

/**
 * What can be guessed more cheaply is no password, in bits: three words of a dictionary pass (`seven quiet herons`), two with
 * a number behind them do not (`mustangcorvette1`). A random eight characters, the lowest setting, pass as well.
 */
const CHEAPEST_ACCEPTED = 39;

/** Nobody's list of leaked passwords has a longer entry worth refusing, and 64 of any character are to be accepted (P2). */
const MAX_COMMON_PASSWORD_LENGTH = 48;

/** `passwordpassword` is as weak as `password`; a longer part that is repeated may be good in itself. Code points. */
const MAX_REPEATED_PART_LENGTH = 12;

/**
 * Whether a password is one that an attacker tries first: leaked ones, well-known words, walks over the keyboard, counting,
 * years and dates, repeated or strung together, with digits and marks around them (NIST SP 800-63B-4 3.1.1.2: "commonly
 * used, expected, or compromised"). Upper case, spaces and look-alikes (`p4ssw0rd`) make no difference.
 */
export const isCommonPassword = (password: string): boolean => {
  const plain = password.normalize("NFKC").toLowerCase().replace(/\s/g, "");
  if ([...plain].length > MAX_COMMON_PASSWORD_LENGTH) return false;
  return isRepetition(plain) || isRepetition(plain.replace(FEW_ADDED, "")) || guessingCost(plain) < CHEAPEST_ACCEPTED;
};

const FEW_ADDED = /^[\d\p{P}\p{S}]{1,4}|[\d\p{P}\p{S}]{1,4}$/gu;

const isRepetition = (text: string): boolean => {
  const characters = [...text];
  const longest = Math.min(MAX_REPEATED_PART_LENGTH, Math.floor(characters.length / 2));
  for (let length = 1; length <= longest; length++) {
    if (characters.every((character, index) => character === characters[index % length])) return true;
  }
  return false;
};
