import { describe, expect, it } from "vitest";
import {
  ACCESS_COOKIE,
  CLEARED_COOKIES,
  DEVICE_COOKIE,
  REFRESH_COOKIE,
  readCookies,
  toDeviceCookie,
  toTokenCookies,
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
    for (const cookie of toTokenCookies(tokens())) {
      const { name, attributes } = parts(cookie);
      expect(name).toMatch(/^__Host-latchkey-/);
      expect(attributes).toEqual(expect.arrayContaining(["HttpOnly", "Secure", "SameSite=Lax", "Path=/"]));
      expect(cookie).not.toMatch(/domain/i);
    }
  });

  it("gives the device's cookie the same attributes (C1)", () => {
    const getAttributes = (cookie: string) => parts(cookie).attributes.filter((each) => !each.startsWith("Max-Age="));
    const [session = ""] = toTokenCookies(tokens());
    expect(getAttributes(toDeviceCookie("device"))).toEqual(getAttributes(session));
    expect(parts(toDeviceCookie("device"))).toMatchObject({ name: DEVICE_COOKIE, value: "device" });
  });

  it("is one `Set-Cookie` for each, with the token and its life (C2)", () => {
    const cookies = toTokenCookies(tokens()).map(parts);
    expect(cookies).toMatchObject([
      { name: ACCESS_COOKIE, value: "access.token.signature", attributes: expect.arrayContaining(["Max-Age=900"]) },
      { name: REFRESH_COOKIE, value: "refresh.token.signature", attributes: expect.arrayContaining(["Max-Age=1800"]) },
    ]);
  });

  it("accepts a cookie of 4096 bytes and rejects a longer one (C1)", () => {
    const longest = "a".repeat(4096 - ACCESS_COOKIE.length);
    const [cookie = ""] = toTokenCookies(tokens({ accessToken: longest }));
    expect(parts(cookie).value).toBe(longest);
    expect(() => toTokenCookies(tokens({ accessToken: `${longest}a` }))).toThrow(RangeError);
  });

  it("clears them with the attributes they were set with (O3)", () => {
    const withoutLife = (cookie: string) => {
      const { name, attributes } = parts(cookie);
      return { name, attributes: attributes.filter((attribute) => !attribute.startsWith("Max-Age=")) };
    };
    expect(CLEARED_COOKIES.map(withoutLife)).toEqual(toTokenCookies(tokens()).map(withoutLife));
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
    expect(readCookies(headers)).toMatchObject({ ...found, present: true });
  });

  it.each([
    ["takes neither of two cookies of one name", [`${a}; ${a}`]],
    ["takes neither of two cookies of one name and different values", [`${a}; ${ACCESS_COOKIE}=bbb`]],
    ["takes neither of two cookies of one name in two headers", [a, `${ACCESS_COOKIE}=bbb`]],
  ])("C6 %s", (_, headers) => {
    expect(readCookies(headers)).toEqual({ ...none, device: undefined, present: true });
  });

  it.each([
    ["space", " "],
    ["tab", "\t"],
    ["spaces and tabs", " \t \t"],
  ])("takes %s around a cookie for white space", (_, space) => {
    expect(readCookies([`${space}${a}${space};${space}${r}${space}`])).toMatchObject({ access: "aaa", refresh: "rrr" });
  });

  /** All that `String.trim` removes but SP and HTAB, as one character and as the bytes of UTF-8 read as Latin-1. */
  const OTHER_SPACES = Array.from({ length: 0x10000 }, (_, code) => String.fromCharCode(code)).filter(
    (character) => character.trim() === "" && !" \t".includes(character),
  );
  const otherSpaces = OTHER_SPACES.flatMap((space) => [space, Buffer.from(space).toString("latin1")]);

  it.each([
    ["access", ACCESS_COOKIE],
    ["refresh", REFRESH_COOKIE],
    ["device", DEVICE_COOKIE],
  ] as const)("reads no %s cookie behind any other white space, nor counts it as a second one (C7)", (which, name) => {
    expect(OTHER_SPACES).toContain("\u00a0");
    for (const space of [...otherSpaces, "\u0085", "\u200b", "\u0000"]) {
      expect(readCookies([`${space}${name}=planted`])[which], JSON.stringify(space)).toBeUndefined();
      expect(readCookies([`${name}${space}=planted`])[which], JSON.stringify(space)).toBeUndefined();
      const both = `${space}${name}=planted; ${name}=ours; ${space}${name}=planted`;
      expect(readCookies([both])[which], JSON.stringify(space)).toBe("ours");
      // A value keeps what is no white space, and is then not genuine.
      expect(readCookies([`${name}=ours${space}`])[which], JSON.stringify(space)).toBe(`ours${space}`);
    }
  });

  it("looks for white space in linear time (E1)", () => {
    for (const filler of [" ", "\t", " \t", " x"]) {
      expect(readCookies([`${filler.repeat(500_000)}x`]).present).toBe(false);
    }
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
    expect(readCookies(headers)).toEqual({ ...none, device: undefined, present: false });
  });
});
