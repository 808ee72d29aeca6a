import { describe, expect } from "vitest";
import { ACCESS_COOKIE, CLEARED_COOKIES, DEVICE_COOKIE, REFRESH_COOKIE } from "../../shared/http/cookies.ts";
import type { SessionId } from "../../shared/ids.ts";
import { randomIds } from "../../shared/ids.ts";
import type { User } from "../../shared/users/user.ts";
import { aBrowser, type Browser } from "../support/browser.ts";
import { it } from "../support/it.ts";
import { getTokens, PASSWORD, type SessionLibrary, sessionLibrary } from "../support/session-library.ts";
import { type WebResponse, type WebService, webService } from "../support/web-service.ts";

let library: SessionLibrary;
let service: WebService;
let user: User;
let browser: Browser;

const newBrowser = () => aBrowser(service, library.clock.now);

it.beforeEach(async ({ database }) => {
  library = sessionLibrary(database);
  service = webService(library);
  user = await library.signUp();
  browser = newBrowser();
});

/** The session that a response names. */
const getSession = ({ body }: WebResponse, of = user) => {
  if (typeof body !== "object" || body === null || !("session_id" in body)) throw new Error("No session was opened");
  return { userId: of.userId, sessionId: body.session_id as SessionId };
};

describe("login over a session that the browser still has", () => {
  it("opens another session with another CSRF token and ends the one whose cookies it replaces (L3)", async () => {
    const first = getSession(await browser.signIn(user));
    const [csrfToken, refreshToken] = [browser.csrfToken(), browser.cookie(REFRESH_COOKIE)];
    const second = getSession(await browser.signIn(user));
    expect(second.sessionId).not.toBe(first.sessionId);
    expect(browser.csrfToken()).not.toBe(csrfToken);
    expect(browser.cookie(REFRESH_COOKIE)).not.toBe(refreshToken);
    expect(await library.isUsable(first)).toBe(false);
    expect(await library.isUsable(second)).toBe(true);
  });

  it("makes nothing of another account's session but its end (L3)", async () => {
    const other = await library.signUp();
    const first = getSession(await browser.signIn(other), other);
    expect(await browser.signIn(user)).toMatchObject({ status: 200, body: { user: { id: user.userId } } });
    expect(await browser.me()).toMatchObject({ body: { user: { id: user.userId } } });
    expect(await library.isUsable(first)).toBe(false);
  });

  it("leaves that session alone when the password is wrong, and when the login is a bearer's", async () => {
    const first = getSession(await browser.signIn(user));
    expect((await browser.signIn(user, {}, "a wrong password")).status).toBe(401);
    const bearer = { method: "POST", path: "/auth/login", body: { email: user.email, password: PASSWORD } } as const;
    expect(await browser.send(bearer)).toMatchObject({ status: 200, setCookies: [] });
    expect(await library.isUsable(first)).toBe(true);
  });

  it("goes on once the page has asked for its CSRF token again (C3)", async () => {
    await browser.signIn(user);
    browser.reload();
    expect(await browser.signIn(user)).toMatchObject({ status: 403, body: { error: "csrf_failed" } });
    expect((await browser.send({ method: "GET", path: "/auth/csrf" })).status).toBe(200);
    expect((await browser.signIn(user)).status).toBe(200);
  });
});

describe("login with cookies that are worth nothing", () => {
  const noToken = { "X-CSRF-Token": undefined };

  it.each<[string, () => Promise<unknown>]>([
    ["was signed out elsewhere", () => library.logOut(browser.cookie(REFRESH_COOKIE) ?? "", "cookie")],
    ["idled out", async () => library.clock.advance(2700)],
  ])("needs no CSRF token of a session that %s (L3)", async (_, end) => {
    await browser.signIn(user);
    const Cookie = browser.cookieHeader();
    await end();
    expect((await browser.signIn(user, { ...noToken, Cookie })).status).toBe(200);
    expect((await browser.me()).status).toBe(200);
  });

  it.each([
    ["are junk", () => `${ACCESS_COOKIE}=junk; ${REFRESH_COOKIE}=junk`],
    ["are there twice", () => `${browser.cookieHeader()}; ${browser.cookieHeader()}`],
    ["fill the header", () => `${REFRESH_COOKIE}=${"a".repeat(9000)}`],
    ["have a wrong signature", () => `${REFRESH_COOKIE}=${browser.cookie(REFRESH_COOKIE)?.slice(0, -4)}AAAA`],
  ])("needs no CSRF token for cookies that %s (L3, C6)", async (_, cookies) => {
    await browser.signIn(user);
    const response = await newBrowser().signIn(user, { ...noToken, Cookie: cookies() });
    expect(response.status).toBe(200);
  });

  it("accepts neither a session id nor a CSRF token that a client offers (L3)", async () => {
    const offered = { session_id: randomIds.sessionId(), sid: randomIds.sessionId(), csrf_token: "mine" };
    const body = { email: user.email, password: PASSWORD, transport: "cookie", ...offered };
    const response = await browser.send({ method: "POST", path: "/auth/login", body }, { "X-CSRF-Token": "mine" });
    expect(response.status).toBe(200);
    expect(Object.values(offered)).not.toContain(getSession(response).sessionId);
    expect(browser.csrfToken()).not.toBe("mine");
  });
});

describe("refresh with cookies that are worth nothing", () => {
  it.each([
    ["there are none", () => undefined],
    ["they are junk", () => `${ACCESS_COOKIE}=junk; ${REFRESH_COOKIE}=junk`],
    ["they are there twice", () => `${browser.cookieHeader()}; ${browser.cookieHeader()}`],
    ["they fill the header", () => `${REFRESH_COOKIE}=${"a".repeat(9000)}`],
    ["the refresh cookie is missing", () => `${ACCESS_COOKIE}=${browser.cookie(ACCESS_COOKIE)}`],
    [
      "each holds the other's token",
      () => `${ACCESS_COOKIE}=${browser.cookie(REFRESH_COOKIE)}; ${REFRESH_COOKIE}=${browser.cookie(ACCESS_COOKIE)}`,
    ],
    ["the access token stands in the refresh cookie", () => `${REFRESH_COOKIE}=${browser.cookie(ACCESS_COOKIE)}`],
    [
      "the token is percent-encoded",
      () => `${REFRESH_COOKIE}=${browser.cookie(REFRESH_COOKIE)?.replaceAll(".", "%2E")}`,
    ],
    ["the token is quoted", () => `${REFRESH_COOKIE}="${browser.cookie(REFRESH_COOKIE)}"`],
    ["the name is of another case", () => `${REFRESH_COOKIE.toUpperCase()}=${browser.cookie(REFRESH_COOKIE)}`],
  ])("is 401 when %s, and the session lives on (C6)", async (_, cookies) => {
    const session = getSession(await browser.signIn(user));
    const response = await browser.refresh({ Cookie: cookies() });
    expect(response).toMatchObject({ status: 401, body: { error: "invalid_grant" }, setCookies: [] });
    expect(await library.isUsable(session)).toBe(true);
  });

  it("is never the session of another user: doubled cookies of two users count as absent (C6)", async () => {
    const other = newBrowser();
    await browser.signIn(user);
    await other.signIn(await library.signUp());
    for (const Cookie of [
      `${browser.cookieHeader()}; ${other.cookieHeader()}`,
      `${other.cookieHeader()}; ${browser.cookieHeader()}`,
    ]) {
      expect((await browser.refresh({ Cookie })).status).toBe(401);
      expect((await browser.send({ method: "GET", path: "/auth/me" }, { Cookie })).status).toBe(401);
    }
  });

  it("ends the session when a cookie that was rotated away comes back late (R3)", async () => {
    const session = getSession(await browser.signIn(user));
    const stolen = browser.cookieHeader();
    await browser.refresh();
    library.clock.advance(31);
    expect((await browser.refresh({ Cookie: stolen })).status).toBe(401);
    expect(await library.isUsable(session)).toBe(false);
  });
});

describe("signing out", () => {
  it("ends the session and clears both cookies as they were set (O3)", async () => {
    const session = getSession(await browser.signIn(user));
    expect(await browser.signOut()).toMatchObject({ status: 204, body: undefined, setCookies: CLEARED_COOKIES });
    expect(await library.isUsable(session)).toBe(false);
    // What is left says which device this is (B4), and opens nothing.
    expect(browser.cookieHeader()).toBe(`${DEVICE_COOKIE}=${browser.cookie(DEVICE_COOKIE)}`);
  });

  it.each<[string, () => Promise<unknown>]>([
    ["it was ended elsewhere", () => library.logOut(browser.cookie(REFRESH_COOKIE) ?? "", "cookie")],
    ["it idled out", async () => library.clock.advance(2700)],
  ])("clears the cookies of a session after %s, with or without its CSRF token (O1, O3)", async (_, end) => {
    await browser.signIn(user);
    const Cookie = browser.cookieHeader();
    await end();
    const cleared = { status: 204, setCookies: CLEARED_COOKIES };
    expect(await browser.signOut({ Cookie, "X-CSRF-Token": undefined })).toMatchObject(cleared);
    expect(await browser.signOut({ Cookie })).toMatchObject(cleared);
  });

  it.each([
    ["junk", () => `${ACCESS_COOKIE}=junk; ${REFRESH_COOKIE}=junk`],
    ["twice", () => `${browser.cookieHeader()}; ${browser.cookieHeader()}`],
  ])("clears cookies that are there %s and ends no session (O1, C6)", async (_, cookies) => {
    const session = getSession(await browser.signIn(user));
    const response = await browser.signOut({ Cookie: cookies() });
    expect(response).toMatchObject({ status: 204, setCookies: CLEARED_COOKIES });
    expect(await library.isUsable(session)).toBe(true);
  });

  it("ends the session of the access cookie where the other is missing", async () => {
    const session = getSession(await browser.signIn(user));
    await browser.signOut({ Cookie: `${ACCESS_COOKIE}=${browser.cookie(ACCESS_COOKIE)}` });
    expect(await library.isUsable(session)).toBe(false);
  });

  it("ends the session of a token in the body and keeps the cookies of another", async () => {
    const session = getSession(await browser.signIn(user));
    const bearer = getTokens(await library.logIn(user));
    const call = { method: "POST", path: "/auth/logout", body: { refresh_token: bearer.refreshToken } } as const;
    expect(await browser.send(call, { "X-CSRF-Token": undefined })).toMatchObject({ status: 204, setCookies: [] });
    expect(await library.isUsable(bearer.session)).toBe(false);
    expect(await library.isUsable(session)).toBe(true);
  });

  it("of every device clears the cookies of this one, and of every other device does not (O3)", async () => {
    await browser.signIn(user);
    const others = { method: "POST", path: "/auth/logout-all", body: { keep_current: true } } as const;
    expect(await browser.send(others)).toMatchObject({ status: 204, setCookies: [] });
    const all = { method: "POST", path: "/auth/logout-all" } as const;
    expect(await browser.send(all)).toMatchObject({ status: 204, setCookies: CLEARED_COOKIES });
    expect((await browser.me()).status).toBe(401);
  });

  it("of a device in the list clears the cookies if it is this one (O3)", async () => {
    const own = getSession(await browser.signIn(user));
    const bearer = getTokens(await library.logIn(user));
    const end = (sessionId: SessionId) => browser.send({ method: "DELETE", path: `/auth/sessions/${sessionId}` });
    expect(await end(bearer.session.sessionId)).toMatchObject({ status: 204, setCookies: [] });
    expect(await end(own.sessionId)).toMatchObject({ status: 204, setCookies: CLEARED_COOKIES });
  });

  it("tells a bearer nothing of cookies", async () => {
    const bearer = getTokens(await library.logIn(user));
    const Authorization = `Bearer ${bearer.accessToken}`;
    const all = { method: "POST", path: "/auth/logout-all" } as const;
    expect(await newBrowser().send(all, { Authorization })).toMatchObject({ status: 204, setCookies: [] });
  });
});
