/** The alphabet, the digits, and walks over the keyboard: along the rows, and up and down the columns. */
const ROWS = `
  01234567890123456789 abcdefghijklmnopqrstuvwxyz !@#$%^&*()
  qwertyuiopasdfghjklzxcvbnm qwertzuiopasdfghjklyxcvbnm azertyuiopqsdfghjklmwxcvbn
  1234567890-=qwertyuiop[]asdfghjkl;'zxcvbnm,./ йцукенгшщзхъфывапролджэячсмитьбю
  1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p qazwsxedcrfvtgbyhnujmikolp 1qazxsw23edcvfr45tgbnhy67ujm
`
  .trim()
  .split(/\s+/);
const WALKS = [...ROWS, ...ROWS.map((row) => [...row].reverse().join(""))];

/** The largest number of walks that alternate: one in `123`, two in `q1w2e3`. */
const MAX_INTERLEAVED_WALKS = 3;

/** With fewer steps, each of the walks may be an accident. */
const MIN_STEPS = 3;

/** UTF-16 units. Bounds the time. A longer walk repeats itself, and `guessing-cost.ts` detects the repetition. */
const MAX_WALKED = 40;

/**
 * Returns the length of the longest beginning of a text that walks over the keyboard, the alphabet or the digits. Returns 0 if
 * no beginning does.
 * @example walkLength("qwerty-7") // 6
 */
export const walkLength = (text: string): number => {
  let maxLength = 0;
  for (let walks = 1; walks <= MAX_INTERLEAVED_WALKS; walks++) {
    const length = lengthInTurns(text, walks);
    if (length >= walks * MIN_STEPS) maxLength = Math.max(maxLength, length);
  }
  return maxLength;
};

const lengthInTurns = (text: string, walks: number): number => {
  const walked = Array.from({ length: walks }, () => "");
  const limit = Math.min(text.length, MAX_WALKED);
  for (let length = 0; length < limit; length++) {
    const next = (walked[length % walks] ?? "") + text.charAt(length);
    if (!isStanding(next) && !WALKS.some((walk) => walk.includes(next))) return length;
    walked[length % walks] = next;
  }
  return limit;
};

/** Whether all characters are the same, as the zeros in `01020304`. */
const isStanding = (text: string): boolean => text === text.charAt(0).repeat(text.length);

/** With fewer numbers, such as `147`, the counting may be an accident. */
const MIN_COUNTED = 4;
const LARGEST_STEP = 10;
const MAX_NUMBER_LENGTH = 4;

/**
 * Returns the length of the longest beginning of a text that counts: `891011`, `11109876`, `10203040`. Returns 0 if no beginning
 * does.
 * @example countingLength("891011x") // 6
 */
export const countingLength = (text: string): number => {
  let maxLength = 0;
  for (let digits = 1; digits <= MAX_NUMBER_LENGTH; digits++) {
    const first = text.slice(0, digits);
    if (!/^\d+$/.test(first) || first.length < digits) break;
    for (let step = -LARGEST_STEP; step <= LARGEST_STEP; step++) {
      if (step !== 0) maxLength = Math.max(maxLength, lengthInSteps(text, Number(first), digits, step));
    }
  }
  return maxLength;
};

const lengthInSteps = (text: string, first: number, start: number, step: number): number => {
  let length = start;
  let counted = 1;
  for (let next = first + step; next >= 0 && text.startsWith(String(next), length); next += step) {
    length += String(next).length;
    counted++;
  }
  return counted < MIN_COUNTED ? 0 : length;
};
