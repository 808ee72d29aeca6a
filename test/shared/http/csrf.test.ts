import { describe, expect, it } from "vitest";
import { passesCsrfCheck } from "../../../shared/http/csrf.ts";
import { requestHeaders } from "../../../shared/http/header-values.ts";
import type { SessionId } from "../../../shared/ids.ts";
import { deriveCsrfToken, hashCsrfToken } from "../../../shared/tokens/csrf-token.ts";

const ring = { rootSecret: "p".repeat(64) };
const session = "c2Vzc2lvbi0wMDAwMDAwMDA" as SessionId;
const otherSession = "c2Vzc2lvbi0wMDAwMDAwMDE" as SessionId;
const csrfToken = deriveCsrfToken(session, ring);
const csrfHash = hashCsrfToken(csrfToken);

describe("the CSRF token of a session", () => {
  it("is always the same, so that a reloaded page can get it again", () => {
    expect(deriveCsrfToken(session, { rootSecret: "p".repeat(64) })).toBe(csrfToken);
  });

  it("differs for every session and every deployment", () => {
    const tokens = [
      csrfToken,
      deriveCsrfToken(otherSession, ring),
      deriveCsrfToken(session, { rootSecret: "q".repeat(64) }),
    ];
    expect(new Set(tokens).size).toBe(3);
  });

  it("has 256 bits and shows neither the session nor what recognises it", () => {
    expect(csrfToken).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(csrfToken).not.toContain(session);
    expect(csrfHash).not.toBe(csrfToken);
  });
});

describe("the CSRF check of an unsafe call", () => {
  const site = { issuer: "https://auth.example.com", allowedOrigins: [] };
  const proves = (...headers: [string, string][]) => {
    const multiValueHeaders: Record<string, string[]> = {};
    for (const [name, value] of headers) multiValueHeaders[name] = [...(multiValueHeaders[name] ?? []), value];
    return passesCsrfCheck({ call: "unsafe", headers: requestHeaders({ multiValueHeaders }) }, csrfHash, site);
  };

  it("accepts the token of the session, in any case of the header name", () => {
    expect(proves(["X-CSRF-Token", csrfToken])).toBe(true);
    expect(proves(["x-csrf-token", csrfToken], ["origin", "https://auth.example.com"])).toBe(true);
  });

  it.each<[string, [string, string][]]>([
    ["no token", []],
    ["an empty token", [["X-CSRF-Token", ""]]],
    ["the token of another session", [["X-CSRF-Token", deriveCsrfToken(otherSession, ring)]]],
    ["its hash, which is in the access token", [["X-CSRF-Token", csrfHash]]],
    ["the token and more", [["X-CSRF-Token", `${csrfToken}x`]]],
    ["part of the token", [["X-CSRF-Token", csrfToken.slice(0, -1)]]],
    [
      "the token twice",
      [
        ["X-CSRF-Token", csrfToken],
        ["X-CSRF-Token", csrfToken],
      ],
    ],
    ["the token twice in one header", [["X-CSRF-Token", `${csrfToken},${csrfToken}`]]],
    ["the token in a header of another name", [["X-XSRF-Token", csrfToken]]],
  ])("rejects %s (C3)", (_, headers) => {
    expect(proves(...headers)).toBe(false);
  });

  it.each([["https://evil.example"], ["null"]])("rejects the right token from the origin %s (C4)", (origin) => {
    expect(proves(["X-CSRF-Token", csrfToken], ["Origin", origin])).toBe(false);
  });

  it("rejects the right token from another site (C4)", () => {
    expect(proves(["X-CSRF-Token", csrfToken], ["Sec-Fetch-Site", "cross-site"])).toBe(false);
  });
});
