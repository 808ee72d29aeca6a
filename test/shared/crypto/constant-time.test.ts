import { describe, expect, it } from "vitest";
import { isEqualInConstantTime } from "../../../shared/crypto/constant-time.ts";

describe("isEqualInConstantTime", () => {
  it.each([
    ["equal texts", "secret", "secret", true],
    ["texts that differ in the last character", "secret", "secreT", false],
    ["texts of different lengths, one the beginning of the other", "secret", "secrets", false],
    ["an empty text and a text", "", "secret", false],
    ["texts of which one is not normalized", "\u00e9", "e\u0301", false],
    ["an absent and a present value", undefined, "secret", false],
    ["a present and an absent value", "secret", undefined, false],
    ["two absent values", undefined, undefined, false],
  ])("compares %s", (_, a, b, expected) => {
    expect(isEqualInConstantTime(a, b)).toBe(expected);
  });
});
