import { describe, expect, it, onTestFinished, vi } from "vitest";
import { isPasswordTooLong } from "../../../shared/passwords/normalize-password.ts";
import { checkPasswordPolicy } from "../../../shared/passwords/password-policy.ts";

const policy = { minLength: 15, serviceName: "Latchkey", email: "jane.doe+shop@example.com" };
const verdict = (password: string, changed: Partial<typeof policy> = {}) =>
  checkPasswordPolicy(password, { ...policy, ...changed });

const everyCharacter = (): readonly string[] =>
  Array.from({ length: 0x110000 }, (_, codePoint) => codePoint)
    .filter((codePoint) => codePoint < 0xd800 || codePoint > 0xdfff)
    .map((codePoint) => String.fromCodePoint(codePoint));

/** Builds a text of `length` code points that all other rules accept. */
const ofLength = (length: number): string => "vq7 Zkw-r9xjT_".repeat(20).slice(0, length);

describe("the minimum (P1)", () => {
  it("is the number of code points in the setting", () => {
    expect(verdict(ofLength(15))).toEqual({ ok: true });
    expect(verdict(ofLength(14))).toEqual({
      ok: false,
      reason: "too_short",
      description: "The password must have at least 15 characters.",
    });
    expect(verdict(ofLength(8), { minLength: 8 })).toEqual({ ok: true });
    expect(verdict(ofLength(7), { minLength: 8 })).toMatchObject({ reason: "too_short" });
  });

  it("counts an emoji as one character, and a letter with its accent as one character in both forms", () => {
    expect(verdict("🐎".repeat(14))).toMatchObject({ reason: "too_short" });
    expect(verdict("é".normalize("NFD") + ofLength(13))).toMatchObject({ reason: "too_short" });
    expect(verdict("é".normalize("NFD") + ofLength(14))).toEqual({ ok: true });
  });
});

describe("the maximum (P2)", () => {
  it.each([
    ["emoji, 256 bytes", 0x1f400],
    ["Cyrillic", 0x0430],
    ["Chinese", 0x4e00],
    ["Arabic", 0x0620],
    ["Devanagari", 0x0904],
  ])("64 code points of %s are accepted", (_, first) => {
    // Every character once, in an order that is not counting.
    const password = Array.from({ length: 64 }, (_, index) => String.fromCodePoint(first + ((index * 29) % 64))).join(
      "",
    );
    expect([...password]).toHaveLength(64);
    expect(verdict(password)).toEqual({ ok: true });
  });

  it("accepts the length of 64 times one emoji, which is rejected as a repetition (P9)", () => {
    expect(verdict("🔑".repeat(64))).toMatchObject({ reason: "common" });
  });

  it("is 256 code points, also at login", () => {
    expect(verdict(ofLength(256))).toEqual({ ok: true });
    expect(verdict(ofLength(257))).toMatchObject({ ok: false, reason: "too_long" });
    expect(isPasswordTooLong("🔑".repeat(256))).toBe(false);
    expect(isPasswordTooLong("🔑".repeat(257))).toBe(true);
  });

  it.each([
    ["two code points to one", "é", 256],
    ["three code points to one", "ệ", 256],
    ["a syllable of three letters to one", "한", 256],
    // U+1F82: alpha with three marks.
    ["four code points to one", "\u1f82", 256],
  ])("is counted after normalization, which joins %s", (_, character, length) => {
    const typed = character.normalize("NFD");
    expect([...typed].length).toBeGreaterThan(1);
    expect(isPasswordTooLong(typed.repeat(length))).toBe(false);
    expect(isPasswordTooLong(typed.repeat(length + 1))).toBe(true);
  });

  it("is counted after normalization, also if that makes two code points of one", () => {
    // U+0958 is excluded from composition: NFC is two code points.
    expect(isPasswordTooLong("\u0958".repeat(128))).toBe(false);
    expect(isPasswordTooLong("\u0958".repeat(129))).toBe(true);
  });

  it("rejects more than 2048 units without normalization", () => {
    const maxLength = everyCharacter().reduce(
      (maxLength, character) => Math.max(maxLength, [...character.normalize("NFD")].length),
      0,
    );
    expect(maxLength).toBe(4);
    const normalize = vi.spyOn(String.prototype, "normalize");
    onTestFinished(() => normalize.mockRestore());
    expect(isPasswordTooLong("\u0301\u0316".repeat(1025))).toBe(true);
    expect(normalize).not.toHaveBeenCalled();
    expect(verdict("\u0301\u0316".repeat(1025))).toMatchObject({ reason: "too_long" });
    expect(normalize).not.toHaveBeenCalled();
  });
});

it.each([
  ["only small letters", "onlysmalllettershere"],
  ["only digits", "830176492851736"],
  ["only spaces and letters", "seven tame owls at noon"],
  ["control characters", "tabs\tand\u0007bells\0inside"],
])("there are no composition rules: %s is accepted (P4)", (_, password) => {
  expect(verdict(password)).toEqual({ ok: true });
});

describe("the policy rejects with a reason (P5)", () => {
  it.each([
    ["my latchkey passphrase", "contains_service_name"],
    ["MyLATCHKEYpassphrase", "contains_service_name"],
    ["my l-a-t-c-h-k-e-y phrase", "contains_service_name"],
    ["the great jane.doe herself", "contains_email"],
    ["THE GREAT JANE-DOE HERSELF", "contains_email"],
    ["the great janedoe herself", "contains_email"],
    ["\ud83dqu1te l0ng en0ugh", "not_unicode"],
    // `Grüße` in ISO 8859-1, as a function gets it from API Gateway.
    ["Gr\ufffd\ufffde aus der Ferne", "not_unicode"],
    ["passwordpassword", "common"],
  ])("%s: %s", (password, reason) => {
    expect(verdict(password)).toMatchObject({ ok: false, reason, description: expect.stringMatching(/^The password/) });
  });

  it("finds the name of a service of two words in one word", () => {
    expect(verdict("thefruitshoppassphrase", { serviceName: "Fruit Shop" })).toMatchObject({
      reason: "contains_service_name",
    });
  });

  it("ignores a very short local part, and the domain", () => {
    expect(verdict("my anagram of letters", { email: "ana@example.com" })).toEqual({ ok: true });
    expect(verdict("a fine example of a phrase")).toEqual({ ok: true });
  });
});
