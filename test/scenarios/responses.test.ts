import { describe, expect } from "vitest";
import { send } from "../local/support/http.ts";
import { it } from "../support/it.ts";
import type { Service } from "../support/service-process.ts";
import type { Account, ApiResponse, Call, Tokens } from "../support/session-api.ts";
import { expectError, SECURITY_HEADERS } from "./support/expectations.ts";

let service: Service;
let account: Account;
let tokens: Tokens;

it.beforeAll(async ({ service: started }) => {
  service = started;
  account = await service.newAccount();
  tokens = await service.signIn(account);
});

const ROUTES = [
  ["POST", "/auth/register"],
  ["POST", "/auth/login"],
  ["POST", "/auth/refresh"],
  ["POST", "/auth/logout"],
  ["GET", "/auth/csrf"],
  ["GET", "/auth/me"],
  ["GET", "/auth/sessions"],
  ["DELETE", "/auth/sessions/nobodys"],
  ["POST", "/auth/logout-all"],
  ["POST", "/auth/password"],
  ["GET", "/health"],
] as const;

const expectSecured = ({ headers }: ApiResponse): void =>
  expect(Object.fromEntries(headers)).toMatchObject(SECURITY_HEADERS);

describe("every response of a function (H1, H2)", () => {
  it.each(ROUTES)("to %s %s has the security headers", async (method, path) => {
    const asked: readonly Call[] = [
      {},
      { bearer: tokens.access_token },
      ...(method === "POST"
        ? [{ body: {} }, { body: "{" }, { bearer: tokens.access_token, body: { keep_current: true } }]
        : []),
    ];
    for (const each of asked) expectSecured(await service.call(method, path, each));
  });

  it("with tokens has the security headers and is JSON", async () => {
    const login = await service.login(account);
    const { refresh_token } = await service.signIn(account);
    for (const response of [login, await service.refresh(refresh_token)]) {
      expect(response.status).toBe(200);
      expectSecured(response);
      expect(response.headers.get("content-type")).toBe("application/json");
    }
  });
});

/** Logs in and returns the cookies. Without the CSRF token the authorizer denies a request with these cookies. */
const getCookies = async (): Promise<string> => {
  const login = await service.call("POST", "/auth/login", {
    body: { ...account, transport: "cookie" },
    headers: { origin: service.url, "sec-fetch-site": "same-origin" },
  });
  expect(login.status).toBe(200);
  return login.headers
    .getSetCookie()
    .map((cookie) => cookie.split(";")[0])
    .join("; ");
};

describe("every response that the gateway makes itself (H1, H2)", () => {
  it.each([
    ["an unknown path", "GET", "/nothing/here", 404, "not_found"],
    ["an unknown method", "PUT", "/auth/login", 404, "not_found"],
    ["the folder of the routes", "GET", "/auth", 404, "not_found"],
    ["a call without a session", "GET", "/auth/me", 401, "invalid_token"],
  ] as const)(
    "to %s has the body and the headers of the service's own errors",
    async (_, method, path, status, error) => {
      expectError(await service.call(method, path), status, error);
    },
  );

  it("to an unknown path is the same with a session", async () => {
    const response = await service.call("GET", "/nothing/here", { bearer: tokens.access_token });
    expectError(response, 404, "not_found");
  });

  it("to a session in cookies without a CSRF token is 403", async () => {
    const headers = { cookie: await getCookies() };
    expectError(await service.call("POST", "/auth/logout-all", { headers }), 403, "csrf_failed");
  });

  it("to a body above the limit is 413", async () => {
    const response = await service.call("POST", "/auth/login", { body: `"${"x".repeat(11 * 1024 * 1024)}"` });
    expectError(response, 413, "payload_too_large");
  });

  it.each([
    ["headers above the limit", "/auth/me", ["X-Large", "x".repeat(11_000)]],
    ["a path above the limit", `/auth/sessions/${"x".repeat(3_000)}`, ["Authorization", "Bearer x"]],
  ])("to %s is a 4xx in the service's own format", async (_, path, headers) => {
    const { status, header, text } = await send(`${service.url}${path}`, { method: "DELETE", headers });
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    expect(JSON.parse(text)).toEqual({
      error: expect.any(String),
      error_description: expect.any(String),
      request_id: expect.any(String),
    });
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) expect(header(name)).toEqual([value]);
  });

  it("has the request id of the gateway's header", async () => {
    for (const response of [
      await service.call("GET", "/nothing/here"),
      await service.login({ ...account, password: "" }),
    ]) {
      expect(response.body).toMatchObject({ request_id: response.headers.get("x-amzn-requestid") });
    }
  });
});

describe("no response", () => {
  it.each(["server", "x-powered-by", "via"])("names the server software: %s", async (name) => {
    for (const path of ["/health", "/auth/me", "/nothing"]) {
      expect((await service.call("GET", path)).headers.get(name)).toBeNull();
    }
  });
});
