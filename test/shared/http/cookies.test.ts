import { describe, expect, it } from "vitest";
import {
  ACCESS_COOKIE,
  CLEARED_COOKIES,
  REFRESH_COOKIE,
  readSessionCookies,
  tokenCookies,
} from "../../../shared/http/cookies.ts";
import type { IssuedTokens } from "../../../shared/sessions/issue-tokens.ts";
import { openSession } from "../../../shared/sessions/session.ts";
import { caller, sessionSettings } from "../../support/session-library.ts";
import { NOW } from "../../support/time.ts";
import { aSubject, refreshClaims } from "../../support/tokens.ts";
import { aUser } from "../users/a-user.ts";

const session = openSession(
  {
    userId: aSubject().userId,
    sessionId: aSubject().sessionId,
    transport: "cookie",
    device: { userAgent: caller.userAgent, ip: caller.ip },
    credentialVersion: 1,
    refreshJti: refreshClaims().jti,
    refreshKid: "refresh",
  },
  NOW,
  sessionSettings,
);

const tokens = (changes: Partial<IssuedTokens> = {}): IssuedTokens => ({
  accessToken: "access.token.signature",
  accessTokenSeconds: 900,
  refreshToken: "refresh.token.signature",
  refreshTokenSeconds: 1800,
  csrfToken: "csrf",
  session,
  user: aUser(),
  ...changes,
});

/** Name, value and attributes of a `Set-Cookie`. */
const parts = (cookie: string) => {
  const [pair = "", ...attributes] = cookie.split("; ");
  const [name = "", value = ""] = pair.split("=");
  return { name, value, attributes };
};

describe("setting the session's cookies", () => {
  it("binds them to this host over TLS and keeps them from script and other sites (C1)", () => {
    for (const cookie of tokenCookies(tokens())) {
      const { name, attributes } = parts(cookie);
      expect(name).toMatch(/^__Host-latchkey-/);
      expect(attributes).toEqual(expect.arrayContaining(["HttpOnly", "Secure", "SameSite=Lax", "Path=/"]));
      expect(cookie).not.toMatch(/domain/i);
    }
  });

  it("is one `Set-Cookie` for each, with the token and its life (C2)", () => {
    const cookies = tokenCookies(tokens()).map(parts);
    expect(cookies).toMatchObject([
      { name: ACCESS_COOKIE, value: "access.token.signature", attributes: expect.arrayContaining(["Max-Age=900"]) },
      { name: REFRESH_COOKIE, value: "refresh.token.signature", attributes: expect.arrayContaining(["Max-Age=1800"]) },
    ]);
  });

  it("fills a cookie to 4096 bytes and refuses a longer one (C1)", () => {
    const longest = "a".repeat(4096 - ACCESS_COOKIE.length);
    const [cookie = ""] = tokenCookies(tokens({ accessToken: longest }));
    expect(parts(cookie).value).toBe(longest);
    expect(() => tokenCookies(tokens({ accessToken: `${longest}a` }))).toThrow(RangeError);
  });

  it("clears them with the attributes they were set with (O3)", () => {
    const withoutLife = (cookie: string) => {
      const { name, attributes } = parts(cookie);
      return { name, attributes: attributes.filter((attribute) => !attribute.startsWith("Max-Age=")) };
    };
    expect(CLEARED_COOKIES.map(withoutLife)).toEqual(tokenCookies(tokens()).map(withoutLife));
    for (const cookie of CLEARED_COOKIES) {
      expect(parts(cookie)).toMatchObject({ value: "", attributes: expect.arrayContaining(["Max-Age=0"]) });
    }
  });
});

describe("reading the session's cookies", () => {
  const a = `${ACCESS_COOKIE}=aaa`;
  const r = `${REFRESH_COOKIE}=rrr`;
  const none = { access: undefined, refresh: undefined };

  it.each([
    ["finds both among others", [`theme=dark; ${a}; ${r}; lang=de`], { access: "aaa", refresh: "rrr" }],
    ["finds them in any order and without spaces", [`${r};${a}`], { access: "aaa", refresh: "rrr" }],
    ["finds them in several headers", [a, r], { access: "aaa", refresh: "rrr" }],
    ["keeps a value that contains an equals sign whole", [`${ACCESS_COOKIE}=a=b`], { access: "a=b" }],
    ["finds one alone", [r], { ...none, refresh: "rrr" }],
  ])("%s", (_, headers, found) => {
    expect(readSessionCookies(headers)).toMatchObject({ ...found, present: true });
  });

  it.each([
    ["takes neither of two cookies of one name", [`${a}; ${a}`]],
    ["takes neither of two cookies of one name and different values", [`${a}; ${ACCESS_COOKIE}=bbb`]],
    ["takes neither of two cookies of one name in two headers", [a, `${ACCESS_COOKIE}=bbb`]],
  ])("C6 %s", (_, headers) => {
    expect(readSessionCookies(headers)).toEqual({ ...none, present: true });
  });

  it.each([
    ["no header", []],
    ["an empty header", [""]],
    ["separators alone", [";;; ;"]],
    ["a name without a value", [ACCESS_COOKIE]],
    ["a name in another case", [`${ACCESS_COOKIE.toLowerCase()}=aaa`]],
    ["a name that only ends like ours", [`x${a}`]],
    ["a name that only begins like ours", [`${ACCESS_COOKIE}-2=aaa`]],
    ["our name without its prefix", ["latchkey-access=aaa"]],
    ["ours inside the value of another", [`other="${a}`]],
    ["ten kilobytes of nothing", ["x=".repeat(5000)]],
    ["line breaks and NUL", ["\u0000\r\n"]],
  ])("finds nothing in %s (C6)", (_, headers) => {
    expect(readSessionCookies(headers)).toEqual({ ...none, present: false });
  });
});
