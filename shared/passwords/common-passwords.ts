import { isListedPassword } from "./listed-passwords.ts";

/** Above this nobody's list of leaked passwords has an entry worth refusing. Code points. */
const LONGEST_COMMON_PASSWORD = 32;

/** `passwordpassword` is as weak as `password`; a longer part that is repeated may be good in itself. Code points. */
const LONGEST_REPEATED_PART = 12;

/** Fewer well-known parts in a row make no password: `Password2024!`, `qwerty123456789`, `iloveyou!iloveyou!`. */
const FEWEST_PARTS = 5;

/** What people type when asked for a password: the heads of the published lists of leaked ones. */
const WORDS = `
  password passwort passw motdepasse contraseña letmein welcome changeme iloveyou trustno1 secret default guest
  administrator admin root user login access account master test demo hello whatever nothing please
  monkey dragon tiger butterfly cheese cookie pepper flower sunshine rainbow shadow killer princess angel
  football baseball basketball soccer hockey liverpool chelsea arsenal superman batman spiderman pokemon
  starwars computer internet samsung google facebook summer winter spring autumn monday friday
  michael jennifer jessica charlie daniel ashley jordan thomas michelle nicole andrew matthew
  lovely lover love baby freedom forever thequickbrownfox
`
  .trim()
  .split(/\s+/);

/** Alphabet, digits and ways over the keyboard; walked in both directions. */
const ROWS = `
  01234567890123456789 abcdefghijklmnopqrstuvwxyz !@#$%^&*()
  qwertyuiopasdfghjklzxcvbnm qwertzuiopasdfghjklyxcvbnm azertyuiopqsdfghjklmwxcvbn
  1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p qazwsxedcrfvtgbyhnujmikolp 1q2w3e4r5t6y7u8i9o0p
`
  .trim()
  .split(/\s+/);
const WALKS = [...ROWS, ...ROWS.map((row) => [...row].reverse().join(""))];

const LOOK_ALIKES: Readonly<Record<string, string>> = { "@": "a", 4: "a", 3: "e", 1: "i", 0: "o", $: "s", 5: "s" };

/**
 * Whether a password is one that an attacker tries first: repeated characters or words, sequences, walks over the
 * keyboard, and the commonest passwords, alone or strung together (NIST SP 800-63B-4 3.1.1.2: "commonly used, expected,
 * or compromised"). Upper case, spaces and look-alikes (`p4ssw0rd`) make no difference.
 */
export const isCommonPassword = (password: string): boolean => {
  const plain = password.normalize("NFKC").toLowerCase().replace(/\s/g, "");
  if ([...plain].length > LONGEST_COMMON_PASSWORD) return false;
  return isRepetition(plain) || countParts(plain) < FEWEST_PARTS || spellingsOf(plain).some(isListedPassword);
};

/** People meet a rule by putting a year or an exclamation mark behind the password they always use. */
const FEW_ADDED = /[\d\W_]{1,4}$/u;

/** What a listed password may have been made from this text: itself, without look-alikes, without what was put behind it. */
const spellingsOf = (plain: string): readonly string[] => {
  const bare = plain.replace(FEW_ADDED, "");
  return [plain, bare, unspell(plain), unspell(bare)];
};

const unspell = (text: string): string =>
  text.replace(/[@4310$5]/g, (character) => LOOK_ALIKES[character] ?? character);

const isRepetition = (text: string): boolean => {
  const characters = [...text];
  const longest = Math.min(LONGEST_REPEATED_PART, Math.floor(characters.length / 2));
  for (let length = 1; length <= longest; length++) {
    if (characters.every((character, index) => character === characters[index % length])) return true;
  }
  return false;
};

/** How many parts a text falls into when each is a run, a walk, a word, a year or else a single character. */
const countParts = (text: string): number => {
  let parts = 0;
  for (let rest = text; rest !== ""; parts++) rest = rest.slice(lengthOfFirstPart(rest));
  return parts;
};

const lengthOfFirstPart = (text: string): number => {
  const spelled = unspell(text);
  return Math.max(
    /^./su.exec(text)?.[0].length ?? 1,
    /^(.)\1{2,}/u.exec(text)?.[0].length ?? 0,
    /^(?:19|20)\d\d/.exec(text)?.[0].length ?? 0,
    ...WORDS.map((word) => (text.startsWith(word) || spelled.startsWith(word) ? word.length : 0)),
    ...WALKS.map((walk) => walkLength(text, walk)),
  );
};

/** Length of the longest beginning of a text that runs along a walk; 0 below three, which any text has by chance. */
const walkLength = (text: string, walk: string): number => {
  let length = 0;
  while (length < text.length && walk.includes(text.slice(0, length + 1))) length++;
  return length < 3 ? 0 : length;
};
