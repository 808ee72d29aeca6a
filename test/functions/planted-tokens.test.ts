import { beforeEach, describe, expect } from "vitest";
import { ACCESS_COOKIE, CLEARED_COOKIES, DEVICE_COOKIE, REFRESH_COOKIE } from "../../shared/http/cookies.ts";
import type { IssuedTokens } from "../../shared/sessions/issue-tokens.ts";
import { deriveCsrfToken } from "../../shared/tokens/csrf-token.ts";
import type { User } from "../../shared/users/user.ts";
import { aBrowser, type Browser } from "../support/browser.ts";
import { it } from "../support/it.ts";
import { getTokens, type SessionLibrary, sessionLibrary } from "../support/session-library.ts";
import { type WebService, webService } from "../support/web-service.ts";

let library: SessionLibrary;
let service: WebService;
let user: User;
let browser: Browser;
/** Genuine tokens of a live bearer session of another user. */
let planted: IssuedTokens;
/** The first refresh token of that session. It was rotated away long ago. */
let rotatedAway: string;

it.beforeEach(async ({ database }) => {
  library = sessionLibrary(database);
  service = webService(library);
  user = await library.signUp();
  browser = aBrowser(service, library.clock.now);
  const first = getTokens(await library.logIn(await library.signUp()));
  rotatedAway = first.refreshToken;
  planted = getTokens(await library.refresh(first.refreshToken));
  library.clock.advance(60);
});

type Planted = () => Readonly<Record<string, string | undefined>>;

/** Cookies with a genuine token in the wrong place. The browser has no session of its own. */
const ALONE: readonly (readonly [string, Planted])[] = [
  ["a bearer's refresh token in the refresh cookie", () => ({ [REFRESH_COOKIE]: planted.refreshToken })],
  ["a bearer's old refresh token in the refresh cookie", () => ({ [REFRESH_COOKIE]: rotatedAway })],
  ["a bearer's access token in the access cookie", () => ({ [ACCESS_COOKIE]: planted.accessToken })],
  [
    "a bearer's tokens in both cookies",
    () => ({ [ACCESS_COOKIE]: planted.accessToken, [REFRESH_COOKIE]: planted.refreshToken }),
  ],
  [
    "a bearer's tokens in each other's cookies",
    () => ({ [ACCESS_COOKIE]: planted.refreshToken, [REFRESH_COOKIE]: planted.accessToken }),
  ],
];

/** The same, with a valid cookie of the browser's own session. */
const BESIDE_ACCESS: readonly (readonly [string, Planted])[] = [
  ["a bearer's refresh token beside the own access cookie", () => ({ [REFRESH_COOKIE]: planted.refreshToken })],
  ["a bearer's old refresh token beside the own access cookie", () => ({ [REFRESH_COOKIE]: rotatedAway })],
  ["a bearer's access token beside the own access cookie", () => ({ [REFRESH_COOKIE]: planted.accessToken })],
];
const BESIDE_REFRESH: readonly (readonly [string, Planted])[] = [
  ["a bearer's access token beside the own refresh cookie", () => ({ [ACCESS_COOKIE]: planted.accessToken })],
  ["a bearer's refresh token beside the own refresh cookie", () => ({ [ACCESS_COOKIE]: planted.refreshToken })],
];

const cookieHeader = (cookies: Readonly<Record<string, string | undefined>>): string =>
  Object.entries(cookies)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${value}`)
    .join("; ");

/** The browser's own cookies, with planted values in some of them. */
const withOwn = (cookies: Planted): string =>
  cookieHeader({
    [ACCESS_COOKIE]: browser.cookie(ACCESS_COOKIE),
    [REFRESH_COOKIE]: browser.cookie(REFRESH_COOKIE),
    ...cookies(),
  });

const csrf = { method: "GET", path: "/auth/csrf" } as const;
const withoutToken = { "X-CSRF-Token": undefined };

/** The bearer session whose tokens were planted must be unchanged. */
const expectBearerUnharmed = async (): Promise<void> => {
  expect(await library.isUsable(planted.session)).toBe(true);
  expect(library.audited.filter(({ event }) => event === "refresh_token_reused")).toEqual([]);
};

describe.each(ALONE)("%s", (_, cookies) => {
  const Cookie = () => cookieHeader(cookies());

  it("does not prevent a login (C7)", async () => {
    expect((await browser.signIn(user, { Cookie: Cookie(), ...withoutToken })).status).toBe(200);
    expect(await browser.me()).toMatchObject({ status: 200, body: { user: { id: user.userId } } });
    await expectBearerUnharmed();
  });

  it("is cleared by a logout, and its session stays (C7)", async () => {
    const response = await browser.signOut({ Cookie: Cookie(), ...withoutToken });
    expect(response).toMatchObject({ status: 204, setCookies: CLEARED_COOKIES });
    await expectBearerUnharmed();
  });

  it("counts as absent at a refresh, at the CSRF token and behind the authorizer (C7)", async () => {
    const csrfToken = deriveCsrfToken(planted.session.sessionId, library.ring());
    for (const headers of [withoutToken, { "X-CSRF-Token": csrfToken }]) {
      const rejected = await browser.refresh({ Cookie: Cookie(), ...headers });
      expect(rejected).toMatchObject({ status: 401, body: { error: "invalid_grant" }, setCookies: [] });
    }
    expect((await browser.send(csrf, { Cookie: Cookie() })).status).toBe(401);
    expect((await browser.send({ method: "GET", path: "/auth/me" }, { Cookie: Cookie() })).status).toBe(401);
    await expectBearerUnharmed();
  });
});

describe.each([...BESIDE_ACCESS, ...BESIDE_REFRESH])("%s", (_, cookies) => {
  beforeEach(() => browser.signIn(user));

  it("does not prevent the page from getting its CSRF token (C7)", async () => {
    const response = await browser.send(csrf, { Cookie: withOwn(cookies) });
    expect(response).toMatchObject({ status: 200, body: { csrf_token: browser.csrfToken() } });
  });

  it("does not skip the CSRF check of the session (C3)", async () => {
    const headers = { Cookie: withOwn(cookies), ...withoutToken };
    expect((await browser.signIn(user, headers)).status).toBe(403);
    expect((await browser.signOut(headers)).status).toBe(403);
    expect((await browser.refresh(headers)).status).toBe(403);
    await expectBearerUnharmed();
  });

  it("allows a new login, which revokes only the own session (C7, L3)", async () => {
    const [own] = await library.dependencies.sessions.listLive(user.userId, library.clock.now());
    expect((await browser.signIn(user, { Cookie: withOwn(cookies) })).status).toBe(200);
    expect(own && (await library.isUsable(own))).toBe(false);
    await expectBearerUnharmed();
  });

  it("allows a logout, which revokes only the own session (C7, O3)", async () => {
    const [own] = await library.dependencies.sessions.listLive(user.userId, library.clock.now());
    const response = await browser.signOut({ Cookie: withOwn(cookies) });
    expect(response).toMatchObject({ status: 204, setCookies: CLEARED_COOKIES });
    expect(own && (await library.isUsable(own))).toBe(false);
    await expectBearerUnharmed();
  });
});

it.each(BESIDE_ACCESS)("A refresh finds no token in %s (C7)", async (_, cookies) => {
  await browser.signIn(user);
  expect((await browser.refresh({ Cookie: withOwn(cookies) })).status).toBe(401);
  expect((await browser.refresh()).status).toBe(200);
  await expectBearerUnharmed();
});

it.each(BESIDE_REFRESH)("A refresh succeeds with %s (C7)", async (_, cookies) => {
  await browser.signIn(user);
  expect((await browser.refresh({ Cookie: withOwn(cookies) })).status).toBe(200);
  await expectBearerUnharmed();
});

describe("the cookies of two sessions", () => {
  it("need the CSRF token of the session of the refresh cookie, and only that session is revoked (C3)", async () => {
    const other = aBrowser(service, library.clock.now);
    const otherUser = await library.signUp();
    await browser.signIn(user);
    await other.signIn(otherUser);
    const [mine, others] = await Promise.all(
      [user, otherUser].map(async ({ userId }) => library.dependencies.sessions.listLive(userId, library.clock.now())),
    );
    const Cookie = withOwn(() => ({ [REFRESH_COOKIE]: other.cookie(REFRESH_COOKIE) }));
    expect((await browser.signOut({ Cookie })).status).toBe(403);
    expect((await browser.refresh({ Cookie })).status).toBe(403);
    expect(await browser.send(csrf, { Cookie })).toMatchObject({ body: { csrf_token: other.csrfToken() } });
    expect((await browser.signOut({ Cookie, "X-CSRF-Token": other.csrfToken() })).status).toBe(204);
    expect(mine?.[0] && (await library.isUsable(mine[0]))).toBe(true);
    expect(others?.[0] && (await library.isUsable(others[0]))).toBe(false);
  });

  it("use the session of the access cookie if the session of the refresh cookie is over (C7)", async () => {
    const other = aBrowser(service, library.clock.now);
    await other.signIn(await library.signUp());
    const over = other.cookie(REFRESH_COOKIE);
    await other.signOut();
    await browser.signIn(user);
    const Cookie = withOwn(() => ({ [REFRESH_COOKIE]: over }));
    expect(await browser.send(csrf, { Cookie })).toMatchObject({ body: { csrf_token: browser.csrfToken() } });
    expect((await browser.signOut({ Cookie, ...withoutToken })).status).toBe(403);
    expect((await browser.signOut({ Cookie })).status).toBe(204);
  });
});

describe("a cookie session's token in the place of a bearer's", () => {
  const cases = [
    [
      "refresh token in the body",
      () => ({ body: { refresh_token: browser.cookie(REFRESH_COOKIE) ?? "" }, headers: {} }),
    ],
    [
      "access token in Authorization",
      () => ({ body: {}, headers: { Authorization: `Bearer ${browser.cookie(ACCESS_COOKIE)}` } }),
    ],
  ] as const;

  it.each(cases)("revokes no session: %s (C3, C7)", async (_, call) => {
    await browser.signIn(user);
    const { body, headers } = call();
    const [own] = await library.dependencies.sessions.listLive(user.userId, library.clock.now());
    const logout = { method: "POST", path: "/auth/logout", body } as const;
    const alone = await browser.send(logout, { ...headers, ...withoutToken, Cookie: undefined });
    expect(alone).toMatchObject({ status: 204, setCookies: [] });
    expect((await browser.send(logout, { ...headers, ...withoutToken })).status).toBe(403);
    expect(own && (await library.isUsable(own))).toBe(true);
  });
});

describe("a token of another kind in the device cookie", () => {
  it.each<[string, () => string | undefined]>([
    ["a bearer's refresh token", () => planted.refreshToken],
    ["a bearer's access token", () => planted.accessToken],
    ["the own refresh token", () => browser.cookie(REFRESH_COOKIE)],
  ])("counts as absent: %s (C7)", async (_, token) => {
    await browser.signIn(user);
    const own = browser.cookie(DEVICE_COOKIE);
    const Cookie = `${withOwn(() => ({}))}; ${DEVICE_COOKIE}=${token()}`;
    library.clock.advance(1);
    expect((await browser.signIn(user, { Cookie })).status).toBe(200);
    expect(browser.cookie(DEVICE_COOKIE)).not.toBe(own);
    await expectBearerUnharmed();
  });
});
