import { describe, expect } from "vitest";
import { ACCESS_COOKIE, DEVICE_COOKIE, REFRESH_COOKIE } from "../../shared/http/cookies.ts";
import { parseCompactJws } from "../../shared/tokens/compact-jws.ts";
import type { User } from "../../shared/users/user.ts";
import { aBrowser, type Browser } from "../support/browser.ts";
import { it } from "../support/it.ts";
import { PASSWORD, type SessionLibrary, sessionLibrary } from "../support/session-library.ts";
import { ALLOWED_ORIGIN, OWN_ORIGIN, type WebService, webService } from "../support/web-service.ts";

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

/** The default of `cookieIdleSeconds` beyond the end of an access token. */
const IDLE_SECONDS = 1800 + 900;

const NEW_PASSWORD = "another horse another staple";
const changePassword = (by: Browser) =>
  by.send({
    method: "POST",
    path: "/auth/password",
    body: { current_password: PASSWORD, new_password: NEW_PASSWORD },
  });

describe("a session in cookies", () => {
  it("is used, refreshed and ended by a page that never sees a token", async () => {
    expect(await browser.signIn(user)).toMatchObject({ status: 200, body: { user: { id: user.userId } } });
    expect(await browser.me()).toMatchObject({ status: 200, body: { user: { id: user.userId } } });
    expect((await browser.refresh()).status).toBe(200);
    expect((await browser.me()).status).toBe(200);
    expect((await browser.signOut()).status).toBe(204);
    expect((await browser.me()).status).toBe(401);
  });

  it.each([
    ["login", () => newBrowser().signIn(user)],
    ["refresh", () => browser.refresh()],
    ["a change of password", () => changePassword(browser)],
  ])("%s sets one cookie for each token and has no token in the body (C1, C2)", async (name, call) => {
    await browser.signIn(user);
    const { status, setCookies, body } = await call();
    expect(status).toBe(200);
    expect(setCookies.map((cookie) => cookie.slice(0, cookie.indexOf("=")))).toEqual(
      name === "refresh" ? [ACCESS_COOKIE, REFRESH_COOKIE] : [ACCESS_COOKIE, REFRESH_COOKIE, DEVICE_COOKIE],
    );
    expect(Object.keys(body ?? {}).sort()).toEqual([
      "csrf_token",
      "expires_in",
      "refresh_expires_in",
      "session_id",
      "user",
    ]);
    expect(JSON.stringify(body)).not.toMatch(/eyJ/);
    expect(body).toMatchObject({ expires_in: 900, refresh_expires_in: IDLE_SECONDS });
    for (const cookie of setCookies) {
      expect(cookie).toMatch(/^__Host-[^;]+; Max-Age=\d+; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
    }
  });

  it("is never left in a cache (H1)", async () => {
    const responses = [await browser.signIn(user), await browser.refresh(), await browser.send(CSRF)];
    responses.push(await newBrowser().signIn(user, {}, "a wrong password"), await newBrowser().refresh());
    for (const { headers } of responses) expect(headers).toMatchObject({ "Cache-Control": "no-store" });
  });

  it("tells a bearer login nothing of cookies", async () => {
    const { setCookies, body } = await browser.send({
      method: "POST",
      path: "/auth/login",
      body: { email: user.email, password: PASSWORD },
    });
    expect(setCookies).toEqual([]);
    expect(body).toMatchObject({ access_token: expect.any(String), refresh_token: expect.any(String) });
    expect(body).not.toHaveProperty("csrf_token");
  });

  it("carries the hash of its CSRF token in its access token, and a bearer's carries none", async () => {
    await browser.signIn(user);
    expect(parseCompactJws(browser.cookie(ACCESS_COOKIE))?.claims).toHaveProperty("csrf");
    const bearer = await library.logIn(user);
    expect(parseCompactJws(bearer?.accessToken)?.claims).not.toHaveProperty("csrf");
  });

  it("stands in the list of sessions beside a bearer's, each with its transport", async () => {
    await browser.signIn(user);
    await library.logIn(user);
    const { body } = await browser.send({ method: "GET", path: "/auth/sessions" });
    expect(body).toMatchObject({
      sessions: expect.arrayContaining([
        expect.objectContaining({ transport: "cookie", current: true }),
        expect.objectContaining({ transport: "bearer", current: false }),
      ]),
    });
  });

  it("goes on with new cookies after a change of password, which ends the others", async () => {
    const other = newBrowser();
    await browser.signIn(user);
    await other.signIn(user);
    const before = browser.cookie(REFRESH_COOKIE);
    expect((await changePassword(browser)).status).toBe(200);
    expect(browser.cookie(REFRESH_COOKIE)).not.toBe(before);
    expect((await browser.refresh()).status).toBe(200);
    expect((await other.refresh()).status).toBe(401);
  });
});

describe("a refresh with a cookie", () => {
  it("verifies its token once, and signs the next one once", async () => {
    await browser.signIn(user);
    const ring = library.ring();
    const { secret, ...key } = ring.refresh.current;
    let uses = 0;
    const current = {
      ...key,
      get secret() {
        uses += 1;
        return secret;
      },
    };
    library.useRing({ ...ring, refresh: { ...ring.refresh, current } });
    expect((await browser.refresh()).status).toBe(200);
    expect(uses).toBe(2);
  });
});

const CSRF = { method: "GET", path: "/auth/csrf" } as const;

describe("time", () => {
  it("ends the session after half an hour without a refresh beyond the end of its access token (R7)", async () => {
    await browser.signIn(user);
    const cookies = browser.cookieHeader();
    library.clock.advance(IDLE_SECONDS - 1);
    expect((await browser.refresh()).status).toBe(200);
    library.clock.advance(IDLE_SECONDS);
    expect((await browser.refresh()).status).toBe(401);
    expect((await browser.refresh({ Cookie: cookies })).status).toBe(401);
    expect((await browser.me()).status).toBe(401);
  });

  it("ends the session for a client that keeps its cookies for longer than it was told (R7)", async () => {
    await browser.signIn(user);
    const cookies = browser.cookieHeader();
    library.clock.advance(IDLE_SECONDS);
    expect((await browser.refresh({ Cookie: cookies })).status).toBe(401);
    expect((await browser.send({ method: "GET", path: "/auth/me" }, { Cookie: cookies })).status).toBe(401);
    expect((await browser.send(CSRF, { Cookie: cookies })).status).toBe(401);
  });

  it("gets a 401 without the access cookie, and a new access cookie from a refresh", async () => {
    await browser.signIn(user);
    library.clock.advance(900);
    expect(browser.cookieHeader()).not.toContain(ACCESS_COOKIE);
    expect((await browser.me()).status).toBe(401);
    expect((await browser.refresh()).status).toBe(200);
    expect((await browser.me()).status).toBe(200);
  });

  it("leaves two tabs that refresh at once both signed in (R5)", async () => {
    await browser.signIn(user);
    library.clock.advance(900);
    const cookies = browser.cookieHeader();
    const csrfToken = browser.csrfToken();
    const tabs = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const tab = newBrowser();
        const response = await tab.refresh({ Cookie: cookies, "X-CSRF-Token": csrfToken });
        return { tab, response };
      }),
    );
    for (const { tab, response } of tabs) {
      expect(response.status).toBe(200);
      expect((await tab.me()).status).toBe(200);
    }
    expect(new Set(tabs.map(({ tab }) => tab.cookie(REFRESH_COOKIE))).size).toBe(1);
    expect((await tabs[0]?.tab.refresh())?.status).toBe(200);
  });
});

describe("GET /auth/csrf", () => {
  it("gives a reloaded page the token of its session again", async () => {
    await browser.signIn(user);
    const csrfToken = browser.csrfToken();
    browser.reload();
    expect(await browser.send(CSRF)).toMatchObject({ status: 200, body: { csrf_token: csrfToken } });
    expect((await browser.signOut()).status).toBe(204);
  });

  it("gives it to a page that comes back after its access token expired, which can then refresh", async () => {
    await browser.signIn(user);
    browser.reload();
    library.clock.advance(1000);
    expect((await browser.refresh()).status).toBe(403);
    expect((await browser.send(CSRF)).status).toBe(200);
    expect((await browser.refresh()).status).toBe(200);
  });

  it("gives it for the access cookie alone", async () => {
    await browser.signIn(user);
    const Cookie = `${ACCESS_COOKIE}=${browser.cookie(ACCESS_COOKIE)}`;
    expect(await browser.send(CSRF, { Cookie })).toMatchObject({
      status: 200,
      body: { csrf_token: browser.csrfToken() },
    });
  });

  it("is 401 for a session that was revoked", async () => {
    await browser.signIn(user);
    const cookies = browser.cookieHeader();
    await browser.signOut();
    expect((await browser.send(CSRF, { Cookie: cookies })).status).toBe(401);
  });

  it.each([
    ["no cookie", () => undefined],
    ["a cookie that is not a token", () => `${REFRESH_COOKIE}=junk`],
    ["the cookie twice", () => `${browser.cookieHeader()}; ${browser.cookieHeader()}`],
    [
      "the other's token in each cookie",
      () => `${ACCESS_COOKIE}=${browser.cookie(REFRESH_COOKIE)}; ${REFRESH_COOKIE}=${browser.cookie(ACCESS_COOKIE)}`,
    ],
  ])("is 401 for %s (C6, T8)", async (_, cookies) => {
    await browser.signIn(user);
    expect(await browser.send(CSRF, { Cookie: cookies() })).toMatchObject({
      status: 401,
      body: { error: "invalid_token" },
    });
  });

  it("is 401 for a bearer session's tokens in cookies, and does not look at cookies beside Authorization", async () => {
    const bearer = await library.logIn(user);
    const Cookie = `${REFRESH_COOKIE}=${bearer?.refreshToken}`;
    expect((await browser.send(CSRF, { Cookie })).status).toBe(401);
    await browser.signIn(user);
    expect((await browser.send(CSRF, { Authorization: "Bearer junk" })).status).toBe(401);
  });

  it("is readable for allowed origins only (C5)", async () => {
    await browser.signIn(user);
    const allowed = await browser.send(CSRF, { Origin: ALLOWED_ORIGIN, "Sec-Fetch-Site": "same-site" });
    expect(allowed.headers).toMatchObject({
      "Access-Control-Allow-Origin": ALLOWED_ORIGIN,
      "Access-Control-Allow-Credentials": "true",
      Vary: "Origin",
    });
    for (const Origin of ["https://evil.example", "null", `${OWN_ORIGIN}.evil.example`]) {
      const { headers } = await browser.send(CSRF, { Origin });
      expect(headers).not.toHaveProperty("Access-Control-Allow-Origin");
      expect(headers).toMatchObject({ Vary: "Origin" });
    }
  });
});
