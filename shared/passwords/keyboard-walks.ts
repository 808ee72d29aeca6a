/** The alphabet, the digits, and ways over the keyboard: along its rows, up and down its columns. */
const ROWS = `
  01234567890123456789 abcdefghijklmnopqrstuvwxyz !@#$%^&*()
  qwertyuiopasdfghjklzxcvbnm qwertzuiopasdfghjklyxcvbnm azertyuiopqsdfghjklmwxcvbn
  1234567890-=qwertyuiop[]asdfghjkl;'zxcvbnm,./ йцукенгшщзхъфывапролджэячсмитьбю
  1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p qazwsxedcrfvtgbyhnujmikolp 1qazxsw23edcvfr45tgbnhy67ujm
`
  .trim()
  .split(/\s+/);
const WALKS = [...ROWS, ...ROWS.map((row) => [...row].reverse().join(""))];

/** How many walks may take turns, `123`, `q1w2e3`, `111222333`, and the fewest steps of each that are no accident. */
const MAX_INTERLEAVED_WALKS = 3;
const MIN_STEPS = 3;

/** A walk that goes on is a repetition by then, which `guessing-cost.ts` sees. UTF-16 units; bounds the time. */
const MAX_WALKED = 40;

/** Length of the longest beginning of a text that walks over the keyboard, the alphabet or the digits; 0 where none does. */
export const walkLength = (text: string): number => {
  let longest = 0;
  for (let walks = 1; walks <= MAX_INTERLEAVED_WALKS; walks++) {
    const length = lengthInTurns(text, walks);
    if (length >= walks * MIN_STEPS) longest = Math.max(longest, length);
  }
  return longest;
};

const lengthInTurns = (text: string, walks: number): number => {
  const trodden = Array.from({ length: walks }, () => "");
  const limit = Math.min(text.length, MAX_WALKED);
  for (let length = 0; length < limit; length++) {
    const next = (trodden[length % walks] ?? "") + text.charAt(length);
    if (!isStanding(next) && !WALKS.some((walk) => walk.includes(next))) return length;
    trodden[length % walks] = next;
  }
  return limit;
};

/** `0` in `01020304`. */
const isStanding = (text: string): boolean => text === text.charAt(0).repeat(text.length);

/** `147` is an accident. */
const MIN_COUNTED = 4;
const LARGEST_STEP = 10;
const MAX_NUMBER_LENGTH = 4;

/** Length of the longest beginning of a text that counts: `891011`, `11109876`, `10203040`; 0 where none does. */
export const countingLength = (text: string): number => {
  let longest = 0;
  for (let digits = 1; digits <= MAX_NUMBER_LENGTH; digits++) {
    const first = text.slice(0, digits);
    if (!/^\d+$/.test(first) || first.length < digits) break;
    for (let step = -LARGEST_STEP; step <= LARGEST_STEP; step++) {
      if (step !== 0) longest = Math.max(longest, lengthInSteps(text, Number(first), digits, step));
    }
  }
  return longest;
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
