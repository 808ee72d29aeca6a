import { createHash } from "node:crypto";
import { dictionary } from "@zxcvbn-ts/language-common";
import { describe, expect, it } from "vitest";
import { isCommonPassword } from "../../../shared/passwords/common-passwords.ts";
import { isListedPassword, SHORTEST_LISTED } from "../../../shared/passwords/listed-passwords.ts";
import { BITS } from "../../../shared/passwords/listed-passwords-data.ts";

const list = dictionary["passwords-common"].filter((password) => [...password].length >= SHORTEST_LISTED);

/** The same texts in every run, and nobody's password. */
const madeUp = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) =>
    createHash("sha256").update(`text ${index}`).digest("base64url").slice(0, 15),
  );

describe("the list of common passwords (P5)", () => {
  it("knows every password of its source that any policy could let pass", () => {
    expect(list.length).toBeGreaterThan(17_000);
    expect(list.filter((password) => !isListedPassword(password))).toEqual([]);
  });

  it("takes fewer than one in 1000 others for one of them", () => {
    const texts = madeUp(100_000);
    expect(texts.filter((text) => isListedPassword(text.toLowerCase())).length).toBeLessThan(100);
  });

  it("is small enough to be in a bundle", () => {
    expect(BITS.length).toBeLessThan(64 * 1024);
  });

  it("refuses all of them, however they are written", () => {
    const some = list.filter((_, index) => index % 50 === 0);
    const refused = (change: (password: string) => string) =>
      some.filter((password) => !isCommonPassword(change(password)));
    expect(refused((password) => password)).toEqual([]);
    expect(refused((password) => password.toUpperCase())).toEqual([]);
    expect(refused((password) => `${password} `)).toEqual([]);
  });

  it.each(["basketball2024!", "Butterfly1", "manchester#1", "liverpool123", "alexandria1984", "p4nth3rs2"])(
    "refuses %s, for what it was made from",
    (password) => {
      expect(isCommonPassword(password)).toBe(true);
    },
  );

  it("refuses fewer than one in 300 made-up passwords by mistake, all spellings together", () => {
    expect(madeUp(30_000).filter(isCommonPassword).length).toBeLessThan(100);
  });
});
