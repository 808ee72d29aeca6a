import { guessingCost } from "./guessing-cost.ts";

/**
 * What can be guessed more cheaply is no password, in bits: three words of a dictionary pass (`seven quiet herons`), two with
 * a number behind them do not (`mustangcorvette1`). A random eight characters, the lowest setting, pass as well.
 */
const CHEAPEST_ACCEPTED = 39;

/**
 * The search for parts takes texts up to this length, in UTF-16 units: any 256 code points, unless NFKC makes several of one
 * (`ﷺ` becomes 18). A longer text is held against repetition alone, so that the time is bounded.
 */
const MAX_SEARCHED = 512;

/** `passwordpassword` is as weak as `password`; a longer part that is repeated may be good in itself. Code points. */
const MAX_REPEATED_PART_LENGTH = 12;

/** How often a cheap part must come to be a repetition, if digits and marks differ between. */
const MIN_REPETITIONS = 3;

/**
 * Whether a password is one that an attacker tries first: leaked ones, well-known words, walks over the keyboard, counting,
 * years and dates, repeated or strung together, with digits and marks around them (NIST SP 800-63B-4 3.1.1.2: "commonly
 * used, expected, or compromised"). Upper case, spaces, invisible characters and look-alikes (`p4ssw0rd`) make no difference,
 * and neither does the length (P9). Less than a millisecond for a password that people choose, about 20 for the worst.
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

const isCheap = (text: string): boolean => guessingCost(text, CHEAPEST_ACCEPTED) < CHEAPEST_ACCEPTED;

/** `aaaabbbbccccdddd`: at least half of the characters only repeat the one before, and the others are cheap. */
const isStretched = (text: string): boolean => {
  const shortened = text.replace(/(.)\1+/gu, "$1");
  return shortened.length * 2 <= text.length && isCheap(shortened);
};

/** `password1password2password3`: the text is mostly letters, and these are one cheap part, several times. */
const isNumberedRepetition = (text: string): boolean => {
  const letters = [...text.replace(/[\d\p{P}\p{S}]/gu, "")];
  if (letters.length * 2 < [...text].length) return false;
  const length = getPeriod(letters, Math.floor(letters.length / MIN_REPETITIONS));
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
  return getPeriod(characters, Math.min(MAX_REPEATED_PART_LENGTH, Math.floor(characters.length / 2))) !== undefined;
};

/** The fewest characters, at most `longest`, that repeated give all the others. */
const getPeriod = (characters: readonly string[], longest: number): number | undefined => {
  for (let length = 1; length <= longest; length++) {
    if (characters.every((character, index) => character === characters[index % length])) return length;
  }
  return undefined;
};
