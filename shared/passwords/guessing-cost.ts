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
const MAX_AFFIX_LENGTH = 4;
const AFFIXES = /^[\d\p{P}\p{S}]+|[\d\p{P}\p{S}]+$/gu;
/** What is between them when they are not the password itself. */
const MIN_AFFIXED_LENGTH = 5;

/** What people type when asked for a password: the heads of the published lists of leaked ones, and how sentences begin. */
const WORDS = `
  password passwort passw motdepasse contraseña letmein welcome changeme iloveyou trustno1 secret default guest
  administrator admin root user login access account master test demo hello whatever nothing please
  monkey dragon tiger butterfly cheese cookie pepper flower sunshine rainbow shadow killer princess angel
  football baseball basketball soccer hockey liverpool chelsea arsenal superman batman spiderman pokemon
  starwars computer internet samsung google facebook summer winter spring autumn monday friday
  michael jennifer jessica charlie daniel ashley jordan thomas michelle nicole andrew matthew
  lovely lover love baby freedom forever thequickbrownfox
  mynameis myname thisis thisismy iamthe iam ilove ihate idontknow idontcare letme openthe mypassword my the
`
  .trim()
  .split(/\s+/);

/** The few that are longer count at the beginning only: each look-up is one more chance of being taken for one by mistake. */
const MAX_LISTED_PART_LENGTH = 12;

const LOOK_ALIKES: Readonly<Record<string, string>> = { "@": "a", 4: "a", 3: "e", 1: "i", 0: "o", $: "s", 5: "s" };

const unspell = (text: string): string =>
  text.replace(/[@4310$5]/g, (character) => LOOK_ALIKES[character] ?? character);

/**
 * The bits of the cheapest way to put a text together from parts.
 * @param text in lower case, without spaces
 */
export const guessingCost = (text: string): number => {
  const cheapest = [0];
  for (let start = 0; start < text.length; start++) {
    const sofar = cheapest[start];
    if (sofar === undefined) continue;
    for (const [length, cost] of partsAt(text, start)) {
      const end = start + length;
      cheapest[end] = Math.min(cheapest[end] ?? Number.POSITIVE_INFINITY, sofar + cost);
    }
  }
  return cheapest[text.length] ?? 0;
};

type Part = readonly [length: number, cost: number];

/** Every part that can begin here. */
const partsAt = (text: string, start: number): readonly Part[] => {
  const rest = text.slice(start);
  const spelled = unspell(rest);
  return [
    single(rest),
    ...match(/^(.)\1{2,}/u, rest, COST.walk),
    ...shortenings(walkLength(rest)),
    ...shortenings(countingLength(rest)),
    ...match(/^(?:19|20)\d\d/, rest, COST.year),
    ...match(DATE, rest, COST.date),
    ...affixes(text, start),
    ...WORDS.filter((word) => rest.startsWith(word) || spelled.startsWith(word)).map(
      (word): Part => [word.length, COST.word],
    ),
    ...repetitions(text, start),
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

const affixes = (text: string, start: number): readonly Part[] => {
  if (text.replace(AFFIXES, "").length < MIN_AFFIXED_LENGTH) return [];
  const longest = /^[\p{P}\p{S}\d]*/u.exec(text.slice(start, start + MAX_AFFIX_LENGTH))?.[0].length ?? 0;
  return Array.from({ length: longest }, (_, index) => index + 1)
    .filter((length) => start === 0 || start + length === text.length)
    .map((length): Part => [length, affixCost(length)]);
};

const match = (pattern: RegExp, rest: string, cost: number): readonly Part[] => {
  const length = pattern.exec(rest)?.[0].length;
  return length === undefined ? [] : [[length, cost]];
};

/** A walk, and the same without its last step, which may belong to the next part. */
const shortenings = (length: number): readonly Part[] =>
  length === 0 ? [] : [length, length - 1].map((shorter): Part => [shorter, COST.walk]);

/** Where what comes next is what came before, right here or with a mark between: `monkey-monkey`. */
const repetitions = (text: string, start: number): readonly Part[] => {
  const parts: Part[] = [];
  const ends = /[\p{P}\p{S}]$/u.test(text.slice(0, start)) ? [start, start - 1] : [start];
  for (const end of ends) {
    for (let length = 2; length <= end; length++) {
      if (text.startsWith(text.slice(end - length, end), start)) parts.push([length, COST.again]);
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
