import { guessingCost } from "./guessing-cost.ts";

/**
 * The lowest guessing cost of an accepted password, in bits. Three words of a dictionary pass (`seven quiet herons`). Two words
 * with a number do not pass (`mustangcorvette1`). Eight random characters, the shortest length that a setting allows, pass.
 */
const MIN_COST_BITS = 39;

/**
 * The longest text whose parts are searched, in UTF-16 units. Any password of 256 code points fits, unless NFKC makes several
 * characters of one (`ﷺ` becomes 18). A longer text is only checked for repetition, so the time is bounded.
 */
const MAX_SEARCHED = 512;

/** Code points. `passwordpassword` is as weak as `password`. A longer part may be a good password even if it is repeated. */
const MAX_REPEATED_PART_LENGTH = 12;

/** The least number of occurrences of a cheap part, if digits and marks between the occurrences differ. */
const MIN_REPETITIONS = 3;

/**
 * Whether an attacker would try the password early (NIST SP 800-63B-4 3.1.1.2: "commonly used, expected, or compromised"):
 * leaked passwords, well-known words, keyboard walks, counting, years and dates, also repeated, combined, or with digits and
 * marks around them. Upper case, spaces, invisible characters, look-alikes (`p4ssw0rd`) and the length make no difference (P9).
 *
 * The check takes less than a millisecond for a typical password, and about 20 milliseconds for the worst one.
 *
 * @example isCommonPassword("passwordpassword1") // true
 */
export const isCommonPassword = (password: string): boolean => {
  const plain = password
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[\s\p{Default_Ignorable_Code_Point}]/gu, "");
  if (isRepetition(plain) || isRepetition(plain.replace(FEW_ADDED, ""))) return true;
  if (plain.length > MAX_SEARCHED) return false;
  return isCheap(plain) || isStretched(plain) || isNumberedRepetition(plain) || isSeparated(plain);
};

const isCheap = (text: string): boolean => guessingCost(text, MIN_COST_BITS) < MIN_COST_BITS;

/** `aaaabbbbccccdddd`: at least half of the characters repeat the character before, and the other characters are cheap. */
const isStretched = (text: string): boolean => {
  const shortened = text.replace(/(.)\1+/gu, "$1");
  return shortened.length * 2 <= text.length && isCheap(shortened);
};

/** `password1password2password3`: the text is mostly letters, and the letters are one cheap part several times. */
const isNumberedRepetition = (text: string): boolean => {
  const letters = [...text.replace(/[\d\p{P}\p{S}]/gu, "")];
  if (letters.length * 2 < [...text].length) return false;
  const length = findPeriod(letters, Math.floor(letters.length / MIN_REPETITIONS));
  return length !== undefined && isCheap(letters.slice(0, length).join(""));
};

/** `p-a-s-s-w-o-r-d-1234`: one mark between all characters, which are cheap without the marks, and digits behind. */
const isSeparated = (text: string): boolean => {
  const mark = SEPARATED.exec(text)?.[1];
  return mark !== undefined && isCheap(text.replaceAll(mark, ""));
};

const SEPARATED = /^.([\p{P}\p{S}])(?:.\1)+.?\d*$/su;

const FEW_ADDED = /^[\d\p{P}\p{S}]{1,4}|[\d\p{P}\p{S}]{1,4}$/gu;

const isRepetition = (text: string): boolean => {
  const characters = [...text];
  return findPeriod(characters, Math.min(MAX_REPEATED_PART_LENGTH, Math.floor(characters.length / 2))) !== undefined;
};

/** Returns the length of the shortest beginning, at most `maxLength`, whose repetition gives the whole text. */
const findPeriod = (characters: readonly string[], maxLength: number): number | undefined => {
  for (let length = 1; length <= maxLength; length++) {
    if (characters.every((character, index) => character === characters[index % length])) return length;
  }
  return undefined;
};
