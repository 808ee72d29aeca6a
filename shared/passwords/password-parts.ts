import { FREQUENT_WORDS } from "./frequent-words.ts";
import { countingLength, walkLength } from "./keyboard-walks.ts";
import { isListedPassword, MAX_LISTED_LENGTH, MIN_LISTED_LENGTH } from "./listed-passwords.ts";

/** The cost of each kind of part, in bits: log2 of the number of such parts that an attacker has to try. */
const COST = {
  word: 9,
  walk: 8,
  listed: 15,
  /** A year of this century or the last. */
  year: 7,
  date: 17,
  /** A repetition of the text before. */
  again: 5,
  digit: 5,
  other: 9,
} as const;

/** Digits and marks that people add to their usual password: `!`, `123`, `2024!`. Four of them cost less than a year. */
const affixCost = (length: number): number => 2 + length;
const MAX_AFFIX = 4;
/** With fewer characters between the affixes, the digits and marks are the password itself. */
const MIN_AFFIXED = 5;

/** A longer listed password is looked up at the beginning only, because each look-up may be a false positive. */
const MAX_LISTED_PART_LENGTH = 12;

const LOOK_ALIKES: Readonly<Record<string, string>> = { "@": "a", 4: "a", 3: "e", 1: "i", 0: "o", $: "s", 5: "s" };

const unspell = (text: string): string =>
  text.replace(/[@4310$5]/g, (character) => LOOK_ALIKES[character] ?? character);

/** A text during the search for parts. Values that many parts need are computed once. */
export type Searched = {
  readonly text: string;
  /** The text with look-alikes replaced by their letters. It has the same length. */
  readonly spelled: string;
  /** The number of digits and marks at the beginning of the text. 0 if too few characters are between beginning and end. */
  readonly prefixLength: number;
  /** The same for the end of the text. */
  readonly suffixLength: number;
  /** The length of the common beginning of the two texts that begin at these places. */
  readonly sameFrom: (earlier: number, later: number) => number;
};

/** Prepares a text in lower case for the search. Time and memory grow with the square of its length. */
export const prepare = (text: string): Searched => {
  const prefixLength = DIGITS_AND_MARKS_FIRST.exec(text)?.[0].length ?? 0;
  const suffixLength = lengthOfLast(text, DIGIT_OR_MARK);
  const isAffixed = text.length - prefixLength - suffixLength >= MIN_AFFIXED;
  return {
    text,
    spelled: unspell(text),
    prefixLength: isAffixed ? Math.min(prefixLength, MAX_AFFIX) : 0,
    suffixLength: isAffixed ? Math.min(suffixLength, MAX_AFFIX) : 0,
    sameFrom: commonLengths(text),
  };
};

const DIGITS_AND_MARKS_FIRST = /^[\d\p{P}\p{S}]+/u;
const DIGIT_OR_MARK = /^[\d\p{P}\p{S}]$/u;
const MARK_LAST = /[\p{P}\p{S}]$/u;

/**
 * Counts the UTF-16 units of the last characters that match `kind`. A pattern with `+$` would try every beginning, which is
 * slow.
 */
const lengthOfLast = (text: string, kind: RegExp): number => {
  let length = 0;
  for (const character of [...text].reverse()) {
    if (!kind.test(character)) break;
    length += character.length;
  }
  return length;
};

/** Computes `sameFrom` for every two places: the length is one more than for the next two places if the characters are equal. */
const commonLengths = (text: string): Searched["sameFrom"] => {
  const width = text.length + 1;
  const lengths = new Uint16Array(width * width);
  for (let later = text.length - 1; later > 0; later--) {
    for (let earlier = later - 1; earlier >= 0; earlier--) {
      if (text.charCodeAt(earlier) !== text.charCodeAt(later)) continue;
      lengths[earlier * width + later] = 1 + (lengths[(earlier + 1) * width + later + 1] ?? 0);
    }
  }
  return (earlier, later) => lengths[earlier * width + later] ?? 0;
};

/** A part that begins at some place: the length in UTF-16 units and the cost in bits. */
export type Part = readonly [length: number, cost: number];

/** Lists every part that can begin at this place. */
export const partsAt = (searched: Searched, start: number): readonly Part[] => {
  const rest = searched.text.slice(start);
  const spelled = searched.spelled.slice(start);
  return [
    single(rest),
    ...match(/^(.)\1{2,}/u, rest, COST.walk),
    ...shortenings(walkLength(rest)),
    ...shortenings(countingLength(rest)),
    ...match(/^(?:19|20)\d\d/, rest, COST.year),
    ...match(DATE, rest, COST.date),
    ...affixes(searched, start),
    ...FREQUENT_WORDS.filter((word) => rest.startsWith(word) || spelled.startsWith(word)).map(
      (word): Part => [word.length, COST.word],
    ),
    ...repetitions(searched, start),
    ...listedParts(rest, spelled, start === 0 ? MAX_LISTED_LENGTH : MAX_LISTED_PART_LENGTH),
  ];
};

/** `31121999`, `311299`, `19991231`, `991231`. */
const DATE =
  /^(?:(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])(?:19|20)?\d\d|(?:19|20)?\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))/;

const single = (rest: string): Part => {
  const [character = ""] = rest;
  return [character.length, /\d/.test(character) ? COST.digit : COST.other];
};

/** At the beginning, one to four digits and marks. At the end, all remaining digits and marks. */
const affixes = ({ text, prefixLength, suffixLength }: Searched, start: number): readonly Part[] => {
  if (start === 0) {
    return Array.from({ length: prefixLength }, (_, index): Part => [index + 1, affixCost(index + 1)]);
  }
  const left = text.length - start;
  return left <= suffixLength ? [[left, affixCost(left)]] : [];
};

const match = (pattern: RegExp, rest: string, cost: number): readonly Part[] => {
  const length = pattern.exec(rest)?.[0].length;
  return length === undefined ? [] : [[length, cost]];
};

/** Returns a walk, and the same walk without its last step, which may belong to the next part. */
const shortenings = (length: number): readonly Part[] =>
  length === 0 ? [] : [length, length - 1].map((shorter): Part => [shorter, COST.walk]);

/** The last repetition of a text may be incomplete, but it has at least this many characters and half of the repeated part. */
const MIN_CUT_SHORT = 5;

/**
 * Lists the repetitions of the text before this place, directly or with a mark in between: `monkey-monkey`. Each is listed
 * once, as often as it occurs, and as far as it goes, because a hundred repetitions are no harder to guess than two.
 */
const repetitions = ({ text, sameFrom }: Searched, start: number): readonly Part[] => {
  const parts: Part[] = [];
  const ends = MARK_LAST.test(text.slice(Math.max(0, start - 2), start)) ? [start, start - 1] : [start];
  for (const end of ends) {
    for (let length = 2; length <= end; length++) {
      const same = sameFrom(end - length, start);
      const isCutShort = start + same === text.length && same >= MIN_CUT_SHORT && same * 2 >= length;
      if (same < length && !isCutShort) continue;
      for (const repeated of new Set([Math.min(length, same), same - (same % length), same])) {
        if (repeated > 0) parts.push([repeated, COST.again]);
      }
    }
  }
  return parts;
};

const listedParts = (rest: string, spelled: string, maxLength: number): readonly Part[] => {
  const parts: Part[] = [];
  for (let length = MIN_LISTED_LENGTH; length <= Math.min(maxLength, rest.length); length++) {
    if (isListed(rest.slice(0, length), spelled.slice(0, length))) parts.push([length, COST.listed]);
  }
  return parts;
};

const isListed = (text: string, spelled: string): boolean =>
  isListedPassword(text) || (spelled !== text && isListedPassword(spelled));
