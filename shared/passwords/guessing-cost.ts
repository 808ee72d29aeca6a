import { countingLength, walkLength } from "./keyboard-walks.ts";
import { isListedPassword, MAX_LISTED_LENGTH, MIN_LISTED_LENGTH } from "./listed-passwords.ts";

/**
 * What each part of a password costs an attacker who knows how people choose, in bits: log2 of how many there are to try.
 * `common-passwords.ts` says what is too cheap.
 */
const COST = {
  word: 9,
  walk: 8,
  listed: 15,
  /** Of this century or the last. */
  year: 7,
  date: 17,
  /** What came before, once more. */
  again: 5,
  digit: 5,
  other: 9,
} as const;

/** Digits and marks that people put around the password they always use: `!`, `123`, `2024!`. Four are cheaper than a year. */
const affixCost = (length: number): number => 2 + length;
const MAX_AFFIX = 4;
/** What is between them when they are not the password itself. */
const MIN_AFFIXED = 5;

/** What people type when asked for a password: the heads of the published lists of leaked ones, and how sentences begin. */
const WORDS = `
  password passwort passw motdepasse contraseña letmein welcome changeme iloveyou trustno1 secret default guest
  administrator admin root user login access account master test demo hello whatever nothing please
  monkey dragon tiger butterfly cheese cookie pepper flower sunshine rainbow shadow killer princess angel
  football baseball basketball soccer hockey liverpool chelsea arsenal superman batman spiderman pokemon
  starwars computer internet samsung google facebook summer winter spring autumn monday friday
  michael jennifer jessica charlie daniel ashley jordan thomas michelle nicole andrew matthew
  lovely lover love baby freedom forever thequickbrownfox jumpsoverthelazydog пароль
  mynameis myname thisis thisismy iamthe iam ilove ihate idontknow idontcare letme openthe mypassword my the
`
  .trim()
  .split(/\s+/);

/** The few that are longer count at the beginning only: each look-up is one more chance of being taken for one by mistake. */
const MAX_LISTED_PART_LENGTH = 12;

const LOOK_ALIKES: Readonly<Record<string, string>> = { "@": "a", 4: "a", 3: "e", 1: "i", 0: "o", $: "s", 5: "s" };

const unspell = (text: string): string =>
  text.replace(/[@4310$5]/g, (character) => LOOK_ALIKES[character] ?? character);

/** A text as the search for parts looks at it. Everything that many parts need is computed once. */
type Searched = {
  readonly text: string;
  /** The text with the letters that look-alikes stand for. Of the same length. */
  readonly spelled: string;
  /** How many digits and marks the text begins and ends with; 0 for a text that has too little between them. */
  readonly prefixLength: number;
  readonly suffixLength: number;
  /** How far the texts that begin at two places are the same. */
  readonly sameFrom: (earlier: number, later: number) => number;
};

/**
 * The bits of the cheapest way to put a text together from parts, or infinity where that takes `limit` bits or more. The
 * search goes on from a place only if all before it is cheaper than the limit. So a good password, whatever its length, ends
 * the search after a few characters.
 *
 * @param text in lower case, without spaces. Time and memory grow with the square of its length: at 512 units about ten
 * milliseconds for the worst text, and half a megabyte.
 */
export const guessingCost = (text: string, limit: number): number => {
  const searched = prepare(text);
  const cheapest = [0];
  for (let start = 0; start < text.length; start++) {
    const sofar = cheapest[start];
    if (sofar === undefined || sofar >= limit) continue;
    for (const [length, cost] of partsAt(searched, start)) {
      const end = start + length;
      cheapest[end] = Math.min(cheapest[end] ?? Number.POSITIVE_INFINITY, sofar + cost);
    }
  }
  const whole = cheapest[text.length] ?? Number.POSITIVE_INFINITY;
  return whole < limit ? whole : Number.POSITIVE_INFINITY;
};

const prepare = (text: string): Searched => {
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

/** The units of the last characters that are all of a kind. Counted one by one: a pattern with `+$` tries every beginning. */
const lengthOfLast = (text: string, kind: RegExp): number => {
  let length = 0;
  for (const character of [...text].reverse()) {
    if (!kind.test(character)) break;
    length += character.length;
  }
  return length;
};

/** For every two places the length of what is the same from there on: each is one more than that of the next two places. */
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

type Part = readonly [length: number, cost: number];

/** Every part that can begin here. */
const partsAt = (searched: Searched, start: number): readonly Part[] => {
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
    ...WORDS.filter((word) => rest.startsWith(word) || spelled.startsWith(word)).map(
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

/** Up to four at the beginning, each number of them; at the end all that are left. */
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

/** A walk, and the same without its last step, which may belong to the next part. */
const shortenings = (length: number): readonly Part[] =>
  length === 0 ? [] : [length, length - 1].map((shorter): Part => [shorter, COST.walk]);

/** At the end of a text a repetition may be cut short, but not to fewer characters, and not to less than a half. */
const MIN_CUT_SHORT = 5;

/**
 * Where what comes next is what came before, right here or with a mark between: `monkey-monkey`. Once, as often as it comes,
 * or as far as it goes: a hundred times are no harder to guess than twice.
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

const listedParts = (rest: string, spelled: string, longest: number): readonly Part[] => {
  const parts: Part[] = [];
  for (let length = MIN_LISTED_LENGTH; length <= Math.min(longest, rest.length); length++) {
    if (isListed(rest.slice(0, length), spelled.slice(0, length))) parts.push([length, COST.listed]);
  }
  return parts;
};

const isListed = (text: string, spelled: string): boolean =>
  isListedPassword(text) || (spelled !== text && isListedPassword(spelled));
