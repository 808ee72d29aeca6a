import { expect, it } from "vitest";
import { parseKeyRing } from "../../../shared/keys/key-ring.ts";
import { aKeyRing } from "../../support/keys.ts";

it.each([
  ["of a full ring", aKeyRing()],
  ["of a ring before the first rotation", {}],
])("the root secret has at least 32 characters, or the ring is malformed: %s (S1)", (_, ring) => {
  const parse = (rootSecret: unknown) => () => parseKeyRing(JSON.stringify({ ...ring, rootSecret }));
  expect(parse("s".repeat(32))).not.toThrow();
  for (const secret of ["s".repeat(31), "", undefined, null, 7]) {
    expect(parse(secret)).toThrow(/^The key ring is malformed at: /);
  }
});
