import { expect, it } from "vitest";
import { requireFittingToken } from "../../../shared/sessions/issue-tokens.ts";
import { MAX_ACCESS_TOKEN_LENGTH } from "../../../shared/tokens/access-token.ts";
import { accessTokenLength } from "../../../shared/tokens/sign-access-token.ts";
import { aKeyRing, anAccessKey } from "../../support/keys.ts";
import { aSubject, tokenSettings } from "../../support/tokens.ts";

it("an access token of the largest length is issued, and none that is one character longer (T9, C1)", () => {
  const ring = aKeyRing({ access: anAccessKey("EdDSA") });
  const { kid, alg } = ring.access.current;
  const { userId, roles } = aSubject();
  const withPadding = (length: number) => ({ ...tokenSettings, clientId: "c".repeat(length) });
  const lengthAt = (padding: number): number =>
    accessTokenLength({ subject: { userId, roles }, signer: { kid, alg, signatureBytes: 64 } }, withPadding(padding));
  const paddings = Array.from({ length: 4096 }, (_, padding) => padding);
  const fitting = paddings.filter((padding) => lengthAt(padding) <= MAX_ACCESS_TOKEN_LENGTH);
  const last = fitting.length - 1;
  expect(lengthAt(last)).toBe(MAX_ACCESS_TOKEN_LENGTH);
  expect(lengthAt(last + 1)).toBe(MAX_ACCESS_TOKEN_LENGTH + 1);
  const issue = (padding: number) => () =>
    requireFittingToken({ userId, roles }, ring, { tokens: withPadding(padding) });
  expect(issue(last)).not.toThrow();
  expect(issue(last + 1)).toThrow(expect.objectContaining({ code: "internal_error" }));
});
