import { expect } from "vitest";
import { ACCESS_COOKIE } from "../../shared/http/cookies.ts";
import { send } from "../local/support/http.ts";
import { describeWithOwnService } from "../support/deployed-stack.ts";
import { it } from "../support/it.ts";
import type { Service } from "../support/service-process.ts";
import type { Account, Tokens } from "../support/session-api.ts";

const describe = describeWithOwnService("needs allowed origins of its own");

const A = "https://app.example.com";
const B = "https://other.example.com";
const APPS = ["capacitor://localhost", "tauri://localhost", "http://tauri.localhost", "https://tauri.localhost"];
const FOREIGN = ["https://evil.example", "null", "tauri://evil", `${B}.evil.example`];

let service: Service;
let account: Account;
let tokens: Tokens;
let cookie: string;

it.override("serviceOptions", {
  settings: {
    allowedOrigins: [A, B, ...APPS].join(","),
    allowedRequestHeaders: "sentry-trace,baggage,traceparent",
    hstsIncludeSubDomains: "on",
  },
});
it.beforeAll(async ({ service: started }) => {
  service = started;
  account = await service.newAccount();
  tokens = await service.signIn(account);
  const login = await service.call("POST", "/auth/login", { body: { ...account, transport: "cookie" } });
  cookie =
    login.headers
      .getSetCookie()
      .find((line) => line.startsWith(ACCESS_COOKIE))
      ?.split(";")[0] ?? "";
});

/** The part of CORS that lets a page of an origin read a response. */
const getCors = (headers: Headers) => ({
  origin: headers.get("access-control-allow-origin"),
  credentials: headers.get("access-control-allow-credentials"),
  vary: headers.get("vary"),
});
const forWeb = (origin: string) => ({ origin, credentials: "true", vary: "Origin" });
const forApp = (origin: string) => ({ origin, credentials: null, vary: "Origin" });
const forNobody = { origin: null, credentials: null, vary: "Origin" };

type Send = (origin: string) => Promise<{ readonly status: number; readonly headers: Headers }>;

/** Every kind of response that a page of another origin has to read. */
const RESPONSES: readonly (readonly [what: string, status: number, send: Send])[] = [
  ["a 401 without a credential", 401, (origin) => service.call("GET", "/auth/me", { headers: { origin } })],
  ["a 401 for a bad token", 401, (origin) => service.call("GET", "/auth/me", { bearer: "a.b.c", headers: { origin } })],
  [
    "a 401 of a function",
    401,
    (origin) => service.call("POST", "/auth/refresh", { body: { refresh_token: "a.b.c" }, headers: { origin } }),
  ],
  [
    "a 403 for a missing CSRF token",
    403,
    (origin) => service.call("POST", "/auth/logout-all", { headers: { origin, cookie } }),
  ],
  ["a 200", 200, (origin) => service.call("GET", "/auth/me", { bearer: tokens.access_token, headers: { origin } })],
];

describe.each(RESPONSES)("with several allowed origins, %s (C5)", (_, status, call) => {
  it.each([A, B])("is read by a page of %s with its credentials", async (origin) => {
    const { headers, ...response } = await call(origin);
    expect({ status: response.status, ...getCors(headers) }).toEqual({ status, ...forWeb(origin) });
  });

  it.each(APPS)("is read by the app of %s without credentials", async (origin) => {
    const { headers, ...response } = await call(origin);
    expect({ status: response.status, ...getCors(headers) }).toEqual({ status, ...forApp(origin) });
  });

  it.each(FOREIGN)("names no origin to %s", async (origin) => {
    const { headers, ...response } = await call(origin);
    expect({ status: response.status, ...getCors(headers) }).toEqual({ status, ...forNobody });
  });
});

describe("with several allowed origins, a preflight response (C5)", () => {
  const preflight = (origin: string) => service.call("OPTIONS", "/auth/me", { headers: { origin } });

  it("names the origin of the request, and allows credentials for web pages only", async () => {
    for (const origin of [A, B]) expect(getCors((await preflight(origin)).headers)).toEqual(forWeb(origin));
    for (const origin of APPS) expect(getCors((await preflight(origin)).headers)).toEqual(forApp(origin));
    for (const origin of FOREIGN) expect(getCors((await preflight(origin)).headers)).toEqual(forNobody);
  });

  it("allows the request headers that the operator adds", async () => {
    expect((await preflight(B)).headers.get("access-control-allow-headers")?.split(",")).toEqual(
      expect.arrayContaining(["Authorization", "X-CSRF-Token", "sentry-trace", "baggage", "traceparent"]),
    );
  });
});

describe("an app with an allowed origin of its own", () => {
  it.each(APPS)("signs in with bearer tokens from %s and never gets cookies (C4)", async (origin) => {
    const headers = { origin };
    expect(await service.call("POST", "/auth/login", { body: account, headers })).toMatchObject({ status: 200 });
    const withCookies = await service.call("POST", "/auth/login", {
      body: { ...account, transport: "cookie" },
      headers,
    });
    expect(withCookies).toMatchObject({ status: 403, body: { error: "csrf_failed" } });
    expect(withCookies.headers.getSetCookie()).toEqual([]);
  });

  it.each(APPS)("cannot use a session in cookies from %s, even with its CSRF token (C4)", async (origin) => {
    const { body } = await service.call("GET", "/auth/csrf", { headers: { cookie } });
    const headers = { origin, cookie, "x-csrf-token": (body as { csrf_token: string }).csrf_token };
    expect(await service.call("POST", "/auth/logout-all", { headers })).toMatchObject({
      status: 403,
      body: { error: "csrf_failed" },
    });
  });
});

describe("challenges", () => {
  const getChallenges = async (response: Promise<{ readonly headers: Headers }>) => {
    const { headers } = await response;
    return {
      gateway: headers.get("www-authenticate"),
      // API Gateway renames the header of a function.
      function: headers.get("x-amzn-remapped-www-authenticate"),
    };
  };
  const login = (password: string) => service.call("POST", "/auth/login", { body: { ...account, password } });

  it("are in every 401, and name an error only if the request had a token (A1)", async () => {
    const plain = { gateway: null, function: "Bearer" };
    expect(await getChallenges(service.call("GET", "/auth/me"))).toEqual({ gateway: "Bearer", function: null });
    expect(await getChallenges(service.call("GET", "/auth/me", { bearer: "a.b.c" }))).toEqual({
      gateway: 'Bearer error="invalid_token"',
      function: null,
    });
    expect(await getChallenges(login("another one entirely"))).toEqual(plain);
    expect(await getChallenges(service.refresh("a.b.c"))).toEqual(plain);
    expect(await getChallenges(service.call("GET", "/auth/csrf"))).toEqual(plain);
    expect(
      await getChallenges(service.call("GET", "/auth/csrf", { headers: { cookie: `${ACCESS_COOKIE}=x` } })),
    ).toEqual({
      gateway: null,
      function: 'Bearer error="invalid_token"',
    });
  });

  it("are not in the 403 for a missing CSRF token, because the credential was valid (A1)", async () => {
    const response = service.call("POST", "/auth/logout-all", { headers: { cookie } });
    expect(await getChallenges(response)).toEqual({ gateway: null, function: null });
    expect(await response).toMatchObject({ status: 403, body: { error: "csrf_failed" } });
  });
});

describe("HEAD", () => {
  const OPEN = ["/health", "/.well-known/jwks.json", "/.well-known/openid-configuration"];

  it.each(OPEN)("is served like GET: %s", async (path) => {
    const [head, get] = await Promise.all(["HEAD", "GET"].map((method) => send(`${service.url}${path}`, { method })));
    expect(head).toMatchObject({ status: 200, text: "" });
    for (const name of ["content-type", "cache-control", "strict-transport-security", "x-content-type-options"]) {
      expect(head?.header(name), name).toEqual(get?.header(name));
    }
  });

  it.each(["/auth/me", "/auth/sessions"])("is behind the authorizer like GET: %s", async (path) => {
    expect(await service.call("HEAD", path)).toMatchObject({ status: 401, text: "" });
    expect(await service.call("HEAD", path, { bearer: tokens.access_token })).toMatchObject({ status: 200, text: "" });
    expect(await service.call("HEAD", path, { headers: { cookie } })).toMatchObject({ status: 200, text: "" });
  });

  it("is 404 if the path has no GET", async () => {
    expect(await service.call("HEAD", "/auth/login")).toMatchObject({ status: 404 });
  });
});

describe("HSTS with hstsIncludeSubDomains", () => {
  it("covers the subdomains in responses of functions, of the gateway and in pages (H2)", async () => {
    const expected = "max-age=63072000; includeSubDomains";
    for (const [method, path] of [
      ["GET", "/health"],
      ["GET", "/auth/me"],
      ["OPTIONS", "/auth/me"],
      ["GET", "/nothing"],
      ["GET", "/"],
    ] as const) {
      const { headers } = await service.call(method, path, { headers: { origin: A } });
      expect(headers.get("strict-transport-security"), path).toBe(expected);
    }
  });
});
