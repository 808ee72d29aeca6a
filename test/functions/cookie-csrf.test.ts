import { describe, expect } from "vitest";
import { ACCESS_COOKIE, REFRESH_COOKIE } from "../../shared/http/cookies.ts";
import { deriveCsrfToken } from "../../shared/tokens/csrf-token.ts";
import type { User } from "../../shared/users/user.ts";
import { aBrowser, type Browser } from "../support/browser.ts";
import { it } from "../support/it.ts";
import { getTokens, PASSWORD, type SessionLibrary, sessionLibrary } from "../support/session-library.ts";
import {
  ALLOWED_ORIGIN,
  FOREIGN_ORIGIN,
  type WebRequest,
  type WebService,
  webService,
} from "../support/web-service.ts";

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
  await browser.signIn(user);
});

type Headers = Readonly<Record<string, string | undefined>>;
type Call = Omit<WebRequest, "headers">;

/** Every route that changes something for a caller with cookies. */
const UNSAFE: readonly (readonly [name: string, call: () => Call])[] = [
  [
    "a login by cookie",
    () => ({
      method: "POST",
      path: "/auth/login",
      body: { email: user.email, password: PASSWORD, transport: "cookie" },
    }),
  ],
  ["a bearer login", () => ({ method: "POST", path: "/auth/login", body: { email: user.email, password: PASSWORD } })],
  ["refresh", () => ({ method: "POST", path: "/auth/refresh" })],
  ["logout", () => ({ method: "POST", path: "/auth/logout" })],
  [
    "signing out a device",
    () => ({ method: "DELETE", path: `/auth/sessions/${library.dependencies.ids.sessionId()}` }),
  ],
  ["signing out everywhere", () => ({ method: "POST", path: "/auth/logout-all" })],
  [
    "a change of password",
    () => ({
      method: "POST",
      path: "/auth/password",
      body: { current_password: PASSWORD, new_password: "another horse another staple" },
    }),
  ],
];

const otherSessionsToken = () => deriveCsrfToken(library.dependencies.ids.sessionId(), library.ring());

/** What a request with the session's cookies lacks, or tells of where it comes from. */
const FORGERIES: readonly (readonly [name: string, headers: () => Headers])[] = [
  ["without a CSRF token (C3)", () => ({ "X-CSRF-Token": undefined })],
  ["with the CSRF token of another session (C3)", () => ({ "X-CSRF-Token": otherSessionsToken() })],
  ["with an access token for a CSRF token (C3, T8)", () => ({ "X-CSRF-Token": browser.cookie(ACCESS_COOKIE) })],
  ["from another site (C4)", () => ({ "Sec-Fetch-Site": "cross-site" })],
  ["from a foreign origin (C4)", () => ({ Origin: FOREIGN_ORIGIN })],
  ["from a null origin (C4)", () => ({ Origin: "null", "Sec-Fetch-Site": undefined })],
  [
    "from an origin of the same site that is not allowed (C4)",
    () => ({ Origin: "https://blog.example.com", "Sec-Fetch-Site": "same-site" }),
  ],
  [
    "from another page's script, as it really comes (C4)",
    () => ({ Origin: FOREIGN_ORIGIN, "Sec-Fetch-Site": "cross-site", "X-CSRF-Token": undefined }),
  ],
];

describe("an unsafe call with the session's cookies", () => {
  const attacks = UNSAFE.flatMap(([route, call]) => FORGERIES.map(([how, headers]) => ({ route, how, call, headers })));

  it.each(attacks)("$how: $route is rejected and the session is unchanged", async ({ call, headers }) => {
    const response = await browser.send(call(), headers());
    expect(response).toMatchObject({ status: 403, body: { error: "csrf_failed" }, setCookies: [] });
    expect(await library.isUsable(await onlySession())).toBe(true);
    expect((await browser.refresh()).status).toBe(200);
    expect((await library.logIn(user))?.user.userId).toBe(user.userId);
  });

  const junkRefused = UNSAFE.flatMap(([route, call]) =>
    ["junk", "Bearer junk", "Bearer  x y", "Basic anVuazpqdW5r", ""].map((junk) => ({ route, junk, call })),
  );

  it.each(junkRefused)(
    "$route is rejected without a CSRF token although the request has Authorization: $junk (C4)",
    async ({ call, junk }) => {
      const response = await browser.send(call(), { Authorization: junk, "X-CSRF-Token": undefined });
      expect([401, 403]).toContain(response.status);
      expect(response.setCookies).toEqual([]);
      expect((await browser.refresh()).status).toBe(200);
    },
  );

  it.each([
    ["of a page of ours", () => ({})],
    ["of a page of an allowed origin", () => ({ Origin: ALLOWED_ORIGIN, "Sec-Fetch-Site": "same-site" })],
    ["of a client that tells nothing but the CSRF token", () => ({ Origin: undefined, "Sec-Fetch-Site": undefined })],
  ])("is done when it is that %s", async (_, headers) => {
    for (const [route, call] of UNSAFE) {
      const page = newBrowser();
      await page.signIn(user);
      const { status } = await page.send(call(), headers());
      expect({ route, status }).toEqual({ route, status: done(route) });
    }
  });
});

/** The status of a call that passes the check. The session that the call would revoke does not exist. */
const done = (route: string): number => {
  if (route === "signing out a device") return 404;
  return route === "logout" || route === "signing out everywhere" ? 204 : 200;
};

/** The key of the one session the user has. */
const onlySession = async () => {
  const [session, ...others] = await library.dependencies.sessions.listLive(user.userId, library.clock.now());
  if (session === undefined || others.length > 0) throw new Error("The user has not exactly one session");
  return session;
};

describe("a form on another site, which sends no cookies", () => {
  const form = { Cookie: undefined, "X-CSRF-Token": undefined, Origin: FOREIGN_ORIGIN, "Sec-Fetch-Site": "cross-site" };

  it("cannot sign its visitor out by having the cookies cleared (C4)", async () => {
    expect(await browser.send({ method: "POST", path: "/auth/logout" }, form)).toMatchObject({ setCookies: [] });
    expect((await browser.me()).status).toBe(200);
  });

  it.each([
    ["another site", { "Sec-Fetch-Site": "cross-site", Origin: undefined }],
    ["a foreign origin", { "Sec-Fetch-Site": undefined, Origin: FOREIGN_ORIGIN }],
    ["a null origin", { "Sec-Fetch-Site": undefined, Origin: "null" }],
  ])("cannot sign its visitor in to an account of its own: login from %s sets no cookies (C4)", async (_, headers) => {
    const response = await browser.signIn(user, { ...form, ...headers });
    expect(response).toMatchObject({ status: 403, body: { error: "csrf_failed" }, setCookies: [] });
  });

  it.each([["text/plain"], ["application/x-www-form-urlencoded"], ["multipart/form-data"]])(
    "cannot pass a form of type %s for JSON (L4)",
    async (type) => {
      const form = { "Content-Type": type };
      const body = { email: user.email, password: PASSWORD, transport: "cookie" };
      const response = await service.send({ method: "POST", path: "/auth/login", headers: form, body });
      expect(response).toMatchObject({ status: 415, setCookies: [] });
    },
  );
});

describe("Authorization beside cookies", () => {
  it("counts alone: the bearer's session is the caller's, and no CSRF token is asked for", async () => {
    const other = await library.signUp();
    const bearer = getTokens(await library.logIn(other));
    const headers = { Authorization: `Bearer ${bearer.accessToken}`, "X-CSRF-Token": undefined };
    expect(await browser.send({ method: "GET", path: "/auth/me" }, headers)).toMatchObject({
      status: 200,
      body: { user: { id: other.userId } },
    });
    const response = await browser.send({ method: "POST", path: "/auth/logout" }, headers);
    expect(response).toMatchObject({ status: 204, setCookies: [] });
    expect(await library.isUsable(bearer.session)).toBe(false);
    expect((await browser.me()).status).toBe(200);
  });

  it("counts alone though it is junk and the page of the cookies proved itself", async () => {
    const junk = { Authorization: "Bearer junk" };
    expect((await browser.refresh(junk)).status).toBe(401);
    expect(await browser.signOut(junk)).toMatchObject({ status: 204, setCookies: [] });
    const inBody = { method: "POST", path: "/auth/logout", body: { refresh_token: "junk" } } as const;
    expect(await browser.send(inBody)).toMatchObject({ status: 204, setCookies: [] });
    expect((await browser.refresh()).status).toBe(200);
  });

  it("rejects the request if both are junk", async () => {
    const headers = { Authorization: "Bearer junk", Cookie: `${ACCESS_COOKIE}=junk; ${REFRESH_COOKIE}=junk` };
    expect((await browser.send({ method: "GET", path: "/auth/me" }, headers)).status).toBe(401);
    expect((await browser.refresh(headers)).status).toBe(401);
  });

  it("takes no cookie's token for a bearer's, and no bearer's for a cookie's (T8)", async () => {
    const bearer = getTokens(await library.logIn(user));
    const get = { method: "GET", path: "/auth/me" } as const;
    const asBearer = { Cookie: undefined, Authorization: `Bearer ${browser.cookie(ACCESS_COOKIE)}` };
    expect((await browser.send(get, asBearer)).status).toBe(401);
    expect((await browser.send(get, { Cookie: `${ACCESS_COOKIE}=${bearer.accessToken}` })).status).toBe(401);

    const asBody = {
      method: "POST",
      path: "/auth/refresh",
      body: { refresh_token: browser.cookie(REFRESH_COOKIE) },
    } as const;
    expect((await browser.send(asBody, { Cookie: undefined })).status).toBe(401);
    const itsToken = deriveCsrfToken(bearer.session.sessionId, library.ring());
    const asCookie = { Cookie: `${REFRESH_COOKIE}=${bearer.refreshToken}`, "X-CSRF-Token": itsToken };
    expect((await browser.refresh(asCookie)).status).toBe(401);

    expect(await library.isUsable(bearer.session)).toBe(true);
    expect((await browser.refresh()).status).toBe(200);
  });
});
