import { describe, expect, it } from "vitest";
import { type HashPurpose, keyedHash } from "../../../shared/crypto/keyed-hash.ts";

const PURPOSES: readonly HashPurpose[] = ["latchkey csrf", "latchkey device", "latchkey throttle", "latchkey audit"];

const hash = (secret: string, purpose: HashPurpose, text: string) => keyedHash(secret, purpose, text).toString("hex");

describe("keyedHash", () => {
  it("gives the same hash for the same secret, purpose and text", () => {
    expect(hash("secret", "latchkey csrf", "text")).toBe(hash("secret", "latchkey csrf", "text"));
  });

  it("gives every purpose different hashes, so that a CSRF token is not a device token (T8)", () => {
    const hashes = PURPOSES.map((purpose) => hash("secret", purpose, "text"));
    expect(new Set(hashes).size).toBe(PURPOSES.length);
  });

  it("depends on the secret and on the text", () => {
    const other = [hash("other", "latchkey csrf", "text"), hash("secret", "latchkey csrf", "other")];
    expect(other).not.toContain(hash("secret", "latchkey csrf", "text"));
  });
});
