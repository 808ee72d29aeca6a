import { describe, expect, it } from "vitest";
import { throttleKey } from "../../../shared/throttle/throttle-keys.ts";

const ring = { rootSecret: "p".repeat(64) };
const key = (counter: string, ...parts: readonly string[]) => throttleKey(counter, parts, ring);

describe("the key of a counter", () => {
  it("has one length, whatever was typed, and shows nothing of that (S1)", () => {
    const keys = ["", "jane@example.com", "x".repeat(100_000), "\u{1f512}"].map((typed) => key("login", typed));
    expect(new Set(keys).size).toBe(keys.length);
    for (const each of keys) expect(each).toMatch(/^login#[A-Za-z0-9_-]{43}$/);
  });

  it("is another one for every other list of parts (B1)", () => {
    const keys = [
      key("login", "ab", "c"),
      key("login", "a", "bc"),
      key("login", "abc"),
      key("login", "abc", ""),
      key("login", "", "abc"),
      // As if the separators were in the parts.
      key("login", "ab1:c"),
      key("login", "1:a", "bc"),
      key("login", "ab:", "c"),
      key("login", "ab", ":c"),
      key("login", "ab:c"),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });

  it("is another one under another secret", () => {
    expect(throttleKey("login", ["a"], { rootSecret: "q".repeat(64) })).not.toBe(key("login", "a"));
  });
});
