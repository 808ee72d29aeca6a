import { domainToASCII } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { normalizeEmail } from "../../../shared/users/email.ts";

const everyCharacter = Array.from({ length: 0x110000 }, (_, codePoint) => codePoint)
  .filter((codePoint) => codePoint < 0xd800 || codePoint > 0xdfff)
  .map((codePoint) => String.fromCodePoint(codePoint));

const toAscii = (text: string): string => text.replace(/[^\0-\x7f]/gu, "");

it.each([
  ["jane@example.com", "jane@example.com"],
  ["  Jane.Doe@Example.COM \n", "jane.doe@example.com"],
  ["jane+shop@example.com", "jane+shop@example.com"],
  ["o'brien_%x@mail.example.co.uk", "o'brien_%x@mail.example.co.uk"],
  ["jane@Bücher.example", "jane@xn--bcher-kva.example"],
  ["jane@xn--bcher-kva.example", "jane@xn--bcher-kva.example"],
  ["JÖRG@example.com", "jörg@example.com"],
  ["jo\u0308rg@example.com", "jörg@example.com"],
  ["用户@例え.テスト", "用户@xn--r8jz45g.xn--zckzah"],
  ["ｊａｎｅ@ｅｘａｍｐｌｅ.ｃｏｍ", "jane@example.com"],
  ["𝐉ane@example.com", "jane@example.com"],
  ["\u212Aate@example.com", "kate@example.com"],
  [`${"x".repeat(64)}@example.com`, `${"x".repeat(64)}@example.com`],
])("%j is %s", (typed, normalized) => {
  expect(normalizeEmail(typed)).toBe(normalized);
});

it.each([
  "",
  "jane",
  "jane@",
  "@example.com",
  "jane@localhost",
  "jane@example",
  "jane doe@example.com",
  "jane@exam ple.com",
  "jane@example.com/path",
  "jane@example.com:25",
  "jane@user@example.com",
  "jane@example..com",
  "jane@example.com.",
  "jane@-example.com",
  "jane@exa_mple.com",
  "jane@127.0.0.1",
  "jane@1.2",
  "jane@[127.0.0.1]",
  ".jane@example.com",
  "jane.@example.com",
  "ja..ne@example.com",
  '"jane doe"@example.com',
  "jane@example.com\r\nbcc: john@example.com",
  "jane\u0000@example.com",
  "ja\u200bne@example.com",
  "ja\u202ene@example.com",
  "jane\ud83d@example.com",
  "Jane Doe <jane@example.com>",
  "jane@example.com,john@example.com",
  `${"x".repeat(65)}@example.com`,
  `${"ö".repeat(33)}@example.com`,
  `jane@${"x".repeat(64)}.com`,
  `jane@${"abcdefgh.".repeat(28)}com`,
  `${"x".repeat(60)}@${"ü.".repeat(30)}com`,
  "x".repeat(1_000_000),
])("%j is not an address", (typed) => {
  expect(normalizeEmail(typed)).toBeUndefined();
});

describe("an address with an invisible character", () => {
  it.each([
    ["a variation selector", "\ufe0f"],
    ["a variation selector of plane 14", "\u{e0100}"],
    ["the combining grapheme joiner", "\u034f"],
    ["a Hangul filler", "\u115f"],
    ["a Hangul vowel filler", "\u1160"],
    ["the Hangul filler of compatibility", "\u3164"],
    ["the halfwidth Hangul filler", "\uffa0"],
    ["an inherent vowel of Khmer", "\u17b4"],
    ["a Mongolian variation selector", "\u180b"],
    ["the Brahmi number joiner", "\u{1107f}"],
    ["the empty Braille pattern", "\u2800"],
    ["a blank hieroglyph", "\u{13441}"],
    ["half a blank hieroglyph", "\u{13442}"],
    ["the Khitan filler", "\u{16fe4}"],
    ["the null notehead", "\u{1d159}"],
    ["the place of an object", "\ufffc"],
    ["the place of bytes that are no UTF-8", "\ufffd"],
  ])("is not an address: %s", (_, invisible) => {
    for (const local of [`${invisible}jane`, `ja${invisible}ne`, `jane${invisible}`, invisible]) {
      expect(normalizeEmail(`${local}@example.com`), JSON.stringify(local)).toBeUndefined();
    }
  });

  it.each(["\u2800", "\u{1107f}", "\u{13441}", "\u{13442}", "\u{16fe4}", "\u{1d159}"])(
    "is not an address with it in the domain either: %j",
    (invisible) => {
      expect(normalizeEmail(`jane@exam${invisible}ple.com`)).toBeUndefined();
      expect(normalizeEmail(`jane@${domainToASCII(`exam${invisible}ple.com`)}`)).toBeUndefined();
    },
  );

  it("is not an address, for every default-ignorable character", () => {
    const ignorable = everyCharacter.filter((character) => /\p{Default_Ignorable_Code_Point}/u.test(character));
    expect(ignorable.length).toBeGreaterThan(4000);
    expect(ignorable.filter((character) => normalizeEmail(`jane${character}@example.com`) !== undefined)).toEqual([]);
  });
});

describe("the syntax of an address", () => {
  it.each([
    "user\uff20example.com",
    "user\ufe6bexample.com",
    "user\uff20user@example.com",
    "jane\uff0edoe@example.com",
    "jane\u2024doe@example.com",
    "jane\u2026@example.com",
    "jane@example\uff0ecom",
    "jane@example\u3002com",
    "jane@example\uff61com",
    "ja\uff61ne@example.com",
    "\uff02jane\uff02@example.com",
    "jane\uff0bshop@example.com",
    "jane\u{1fef}@example.com",
    "jane\u2100@example.com",
  ])("is typed in ASCII: %j is not an address", (typed) => {
    expect(normalizeEmail(typed)).toBeUndefined();
  });

  it("is never the normal form of another character", () => {
    const made = everyCharacter
      .filter((character) => character > "\x7f")
      .map((character) => normalizeEmail(`ja${character}ne@example.com`))
      .filter((address) => address !== undefined && !/^[a-z0-9]+@example\.com$/.test(toAscii(address)));
    expect(made).toEqual([]);
  });
});

it("normalizes a letter that is one character only in lower case, and the same letter in lower case, to one address", () => {
  expect(normalizeEmail("H\u0331x@example.com")).toBe("\u1e96x@example.com");
  expect(normalizeEmail("\u1e96x@example.com")).toBe("\u1e96x@example.com");
});

it.each([
  ["ΟΔΟΣ.ΝΙΚΗΣ@example.com", "οδος.νικης@example.com"],
  ["ΙΑΣ1@example.com", "ιας1@example.com"],
  ["jane@ΔΟΣ-Α.example", "jane@δοσ-α.example"],
  ["\u1c80@example.com", "\u0432@example.com"],
])("%j and %j are one address in any case", (one, other) => {
  expect(normalizeEmail(one)).toBe(normalizeEmail(other));
  expect(normalizeEmail(one)).toBeDefined();
});

it("normalizes a letter and its upper case alike, if the upper case is one character and not ASCII", () => {
  const differing = everyCharacter.filter((character) => {
    const upper = character.toUpperCase();
    if (upper === character || [...upper].length !== 1 || upper <= "\x7f") return false;
    return normalizeEmail(`a${character}b@example.com`) !== normalizeEmail(`a${upper}b@example.com`);
  });
  expect(differing).toEqual([]);
});

it("keeps a dotless i apart from i, and a sharp s from two s", () => {
  expect(normalizeEmail("\u0131@example.com")).toBe("\u0131@example.com");
  expect(normalizeEmail("stra\u00dfe@example.com")).toBe("stra\u00dfe@example.com");
});

it("normalizes every character to a form that is normalized", () => {
  const changed = everyCharacter.filter((character) => {
    const once = normalizeEmail(`ja${character}ne@example.com`);
    return once !== undefined && normalizeEmail(once) !== once;
  });
  expect(changed).toEqual([]);
});

it("a normalized address is its own normalized form", () => {
  const anything = fc.string({ unit: "binary", minLength: 1, maxLength: 20 });
  const almostAddress = fc.tuple(anything, anything).map(([local, domain]) => `${local}@${domain}.com`);
  const address = fc.emailAddress().map((text) => text.toUpperCase());
  fc.assert(
    fc.property(fc.oneof(address, almostAddress, anything), (typed) => {
      const once = normalizeEmail(typed);
      if (once !== undefined) expect(normalizeEmail(once)).toBe(once);
    }),
    { numRuns: 2000 },
  );
});
