import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { dictionary } from "@zxcvbn-ts/language-common";
import { hashSync } from "bcryptjs";
import { describe, expect, it } from "vitest";
import { isCommonPassword } from "../../../shared/passwords/common-passwords.ts";
import { isListedPassword, MAX_LISTED_LENGTH, MIN_LISTED_LENGTH } from "../../../shared/passwords/listed-passwords.ts";
import { BITS } from "../../../shared/passwords/listed-passwords-data.ts";
import { passwordSource } from "../../../tools/password-source.ts";

const list = passwordSource();
const atLeast = (length: number) => list.filter((password) => [...password].length >= length);

/** A random generator with the same numbers in every run. */
const choose = <T>(choices: readonly T[], seed: string): T => {
  const index = createHash("sha256").update(seed).digest().readUInt32BE(0) % choices.length;
  return choices[index] as T;
};
const madeUp = (count: number, length: number, alphabet: string): readonly string[] =>
  Array.from({ length: count }, (_, index) =>
    Array.from({ length }, (_, place) => choose([...alphabet], `${index} ${place}`)).join(""),
  );
/** A passphrase of random words from a list of 7776 words, at least as long as the default minimum. */
const phrases = (count: number, words: number, separator: string): readonly string[] =>
  Array.from({ length: count }, (_, index) =>
    Array.from({ length: words }, (_, place) => choose(dictionary["diceware-common"], `${index} ${place}`)).join(
      separator,
    ),
  ).filter((phrase) => [...phrase].length >= 15);

const LETTERS = "abcdefghijklmnopqrstuvwxyz";
const LETTERS_AND_DIGITS = `${LETTERS}${LETTERS.toUpperCase()}0123456789`;
const countRejected = (passwords: readonly string[]): number => passwords.filter(isCommonPassword).length;

/** `17 950`, as the page writes it. */
const written = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, " ");
const page = readFileSync(new URL("../../../docs/operations.md", import.meta.url), "utf8").replace(/\s+/g, " ");

describe("the list of common passwords (P5)", () => {
  it("contains every password of its source", () => {
    expect(list.filter((password) => !isListedPassword(password))).toEqual([]);
    const lengths = list.map((password) => [...password].length);
    expect([Math.min(...lengths), Math.max(...lengths)]).toEqual([MIN_LISTED_LENGTH, MAX_LISTED_LENGTH]);
  });

  it("has the size that docs/operations.md states", () => {
    expect(page).toContain(
      `${written(list.length)} leaked ones: ${written(atLeast(8).length)} of eight characters and more, of which ${atLeast(15).length} have the 15 of the default`,
    );
    const kilobytes = Math.round(Buffer.from(BITS, "base64").length / 1000);
    expect(kilobytes).toBeLessThan(60);
    expect(page).toContain(`a Bloom filter of ${kilobytes} KB`);
  });

  it("has fewer than one false positive in 5000 other texts", () => {
    const texts = madeUp(60_000, 9, LETTERS);
    expect(texts.filter(isListedPassword).length).toBeLessThan(12);
  });

  it("rejects the listed passwords that are long enough, in every spelling", () => {
    const some = atLeast(8).filter((_, index) => index % 50 === 0);
    const rejected = (change: (password: string) => string) =>
      some.filter((password) => !isCommonPassword(change(password)));
    expect(rejected((password) => password)).toEqual([]);
    expect(rejected((password) => password.toUpperCase())).toEqual([]);
    expect(rejected((password) => `${password} `)).toEqual([]);
  });

  it("rejects listed passwords with the usual additions that reach the default length", () => {
    const some = list.filter((password, index) => index % 50 === 0 && [...password].length <= 12);
    const next = (index: number) => some[(index + 1) % some.length];
    const passed = (make: (password: string, index: number) => string) =>
      some.map(make).filter((password) => !isCommonPassword(password));
    expect(passed((password) => `${password}${password}${password}`)).toEqual([]);
    expect(passed((password) => `${password}${password}1`)).toEqual([]);
    expect(passed((password) => `${password}-${password}!`)).toEqual([]);
    expect(passed((password, index) => `${password}${next(index)}`)).toEqual([]);
    expect(passed((password, index) => `${password} ${next(index)}123`)).toEqual([]);
    expect(passed((password) => `${password}1234567890`)).toEqual([]);
    const words = some.filter((password) => /^[a-z]+$/.test(password));
    expect(words.map((word) => `1!1!${word}2024!`).filter((password) => !isCommonPassword(password))).toEqual([]);
  });

  it.each(["basketball2024!", "Butterfly1", "manchester#1", "liverpool123", "alexandria1984", "p4nth3rs2"])(
    "rejects %s because of its parts",
    (password) => {
      expect(isCommonPassword(password)).toBe(true);
    },
  );
});

describe("good passwords are rejected by mistake, at the rates in docs/operations.md:", () => {
  it("fewer than one in 1000 of four random words", () => {
    expect(page).toContain("fewer than one in 1 000 random phrases of four words");
    const all = [" ", "-", ""].flatMap((separator) => phrases(1500, 4, separator));
    expect(all.length).toBeGreaterThan(4_400);
    expect(countRejected(all) / all.length).toBeLessThan(1 / 1000);
  });

  it("fewer than one in 500 of three random words", () => {
    expect(page).toContain("one in 500 of three");
    const all = [" ", "-", ""].flatMap((separator) => phrases(1500, 3, separator));
    expect(countRejected(all) / all.length).toBeLessThan(1 / 500);
  });

  it("fewer than one in 300 of 15 random letters and digits", () => {
    expect(page).toContain("one in 300 of 15 random letters and digits");
    const all = madeUp(3000, 15, LETTERS_AND_DIGITS);
    expect(countRejected(all) / all.length).toBeLessThan(1 / 300);
  });

  it("fewer than one in 100 of eight, the lowest setting", () => {
    expect(page).toContain("one in 100 of eight");
    const all = madeUp(3000, 8, LETTERS_AND_DIGITS);
    expect(countRejected(all) / all.length).toBeLessThan(1 / 100);
  });
});

it("takes less time than the cheapest bcrypt hash, which is a 256th of the hash of a login", () => {
  const passwords = [...phrases(100, 4, " "), ...madeUp(30, 48, LETTERS_AND_DIGITS)];
  countRejected(passwords);
  const measureMilliseconds = (work: () => unknown): number => {
    const start = performance.now();
    work();
    return performance.now() - start;
  };
  // Both are measured alternately, because a busy machine slows down both.
  const times = passwords.map((password) => [
    measureMilliseconds(() => isCommonPassword(password)),
    measureMilliseconds(() => hashSync(password, 4)),
  ]);
  const median = (index: 0 | 1): number =>
    times.map((pair) => pair[index] ?? 0).toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0;
  expect(median(0)).toBeLessThan(median(1));
});
