import { describe, expect, it } from "vitest";
import { isPasswordTooLong } from "../../../shared/passwords/normalize-password.ts";
import { checkPasswordPolicy } from "../../../shared/passwords/password-policy.ts";

const policy = { minLength: 15, serviceName: "Latchkey", email: "jane.doe+shop@example.com" };
const verdict = (password: string, changed: Partial<typeof policy> = {}) =>
  checkPasswordPolicy(password, { ...policy, ...changed });

/** A text of `length` code points that no other rule objects to. */
const ofLength = (length: number): string => "vq7 Zkw-r9xjT_".repeat(20).slice(0, length);

describe("the minimum (P1)", () => {
  it("is counted in code points, from the setting", () => {
    expect(verdict(ofLength(15))).toEqual({ ok: true });
    expect(verdict(ofLength(14))).toEqual({
      ok: false,
      reason: "too_short",
      description: "The password must have at least 15 characters.",
    });
    expect(verdict(ofLength(8), { minLength: 8 })).toEqual({ ok: true });
    expect(verdict(ofLength(7), { minLength: 8 })).toMatchObject({ reason: "too_short" });
  });

  it("counts an emoji as one, and a letter with its accent as one in either form", () => {
    expect(verdict("🐎".repeat(14))).toMatchObject({ reason: "too_short" });
    expect(verdict("é".normalize("NFD") + ofLength(13))).toMatchObject({ reason: "too_short" });
    expect(verdict("é".normalize("NFD") + ofLength(14))).toEqual({ ok: true });
  });
});

describe("the maximum (P2)", () => {
  it.each([
    ["emoji", "🔑🐎🔋📎🦉🌵⛵🎲"],
    ["Cyrillic", "пароль🔑и"],
    ["Chinese", "密碼正馬電池訂書"],
    ["Arabic", "كلمةسرطويلة"],
    ["Devanagari", "पासवर्डलंबा"],
  ])("64 code points of %s are accepted", (_, unit) => {
    const password = [...unit.repeat(16)].slice(0, 64).join("");
    expect([...password]).toHaveLength(64);
    expect(verdict(password)).toEqual({ ok: true });
  });

  it("64 times one emoji, 256 bytes, are accepted", () => {
    expect(verdict("🔑".repeat(64))).toEqual({ ok: true });
  });

  it("is 256 code points, for login too", () => {
    expect(verdict(ofLength(256))).toEqual({ ok: true });
    expect(verdict(ofLength(257))).toMatchObject({ ok: false, reason: "too_long" });
    expect(isPasswordTooLong("🔑".repeat(256))).toBe(false);
    expect(isPasswordTooLong("🔑".repeat(257))).toBe(true);
    expect(isPasswordTooLong("é".normalize("NFD").repeat(256))).toBe(false);
  });
});

it.each([
  ["only small letters", "onlysmalllettershere"],
  ["only digits", "830176492851736"],
  ["only spaces and letters", "seven tame owls at noon"],
  ["control characters", "tabs\tand\u0007bells\0inside"],
])("no rules of composition: %s (P4)", (_, password) => {
  expect(verdict(password)).toEqual({ ok: true });
});

describe("refused with the reason (P5)", () => {
  it.each([
    ["my latchkey passphrase", "contains_service_name"],
    ["MyLATCHKEYpassphrase", "contains_service_name"],
    ["my l-a-t-c-h-k-e-y phrase", "contains_service_name"],
    ["the great jane.doe herself", "contains_email"],
    ["THE GREAT JANE-DOE HERSELF", "contains_email"],
    ["the great janedoe herself", "contains_email"],
    ["\ud83dqu1te l0ng en0ugh", "not_unicode"],
    ["passwordpassword", "common"],
  ])("%s: %s", (password, reason) => {
    expect(verdict(password)).toMatchObject({ ok: false, reason, description: expect.stringMatching(/^The password/) });
  });

  it("a service of two words is found in one", () => {
    expect(verdict("thefruitshoppassphrase", { serviceName: "Fruit Shop" })).toMatchObject({
      reason: "contains_service_name",
    });
  });

  it("a very short local part is no reason, nor is the domain", () => {
    expect(verdict("my anagram of letters", { email: "ana@example.com" })).toEqual({ ok: true });
    expect(verdict("a fine example of a phrase")).toEqual({ ok: true });
  });
});
