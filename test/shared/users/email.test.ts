import fc from "fast-check";
import { expect, it } from "vitest";
import { normalizeEmail } from "../../../shared/users/email.ts";

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
  ["ｊａｎｅ＠ｅｘａｍｐｌｅ．ｃｏｍ", "jane@example.com"],
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
