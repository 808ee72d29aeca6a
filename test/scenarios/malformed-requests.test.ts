import { describe, expect } from "vitest";
import { send } from "../local/support/http.ts";
import { it } from "../support/it.ts";
import type { Service } from "../support/service-process.ts";
import { type ApiResponse, anAccount, type Tokens } from "../support/session-api.ts";
import { expectAlive, expectError } from "./support/expectations.ts";

const KILOBYTE = 1024;
const MEGABYTE = 1024 * KILOBYTE;

let service: Service;
let tokens: Tokens;

it.beforeAll(async ({ service: started }) => {
  service = started;
  tokens = await service.signIn(await service.newAccount());
});

/** The routes that read a body. Requests to routes behind the authorizer have a valid token, so that they reach the function. */
const ROUTES = ["/auth/register", "/auth/login", "/auth/refresh", "/auth/logout", "/auth/logout-all", "/auth/password"];

const post = (path: string, body: string, contentType = "application/json"): Promise<ApiResponse> =>
  service.call("POST", path, {
    body,
    headers: { "content-type": contentType },
    ...(["/auth/logout-all", "/auth/password"].includes(path) ? { bearer: tokens.access_token } : {}),
  });

/** Internal details that a forgotten error response would show (E1). */
const INTERNALS =
  /arn:|dynamodb|conditional|exception|\bat \S+ \(|\.ts\b|\.mjs|node_modules|stack|lambda|USERS_TABLE|latchkey-dev|syntaxerror|unexpected token|zod|127\.0\.0\.1/i;

describe.each(ROUTES)("POST %s", (path) => {
  it.each([
    ["is cut off", '{"email":"a@exam'],
    ["is a word", "hello"],
    ["is a form", "email=a%40example.com&password=x"],
    ["is XML", "<?xml version='1.0'?><!DOCTYPE x [<!ENTITY y SYSTEM 'file:///etc/passwd'>]><x>&y;</x>"],
    ["is JSON with text behind it", '{"email":"a@example.com"} {}'],
    ["starts with a byte order mark", '\ufeff{"email":"a@example.com"}'],
    ["is base64 of JSON", Buffer.from('{"refresh_token":"x"}').toString("base64")],
    ["is nested too deep to parse", `${"[".repeat(8_000)}${"]".repeat(8_000)}`],
    ["is an array", "[]"],
    ["is a string", '"text"'],
    ["is a number", "1e999"],
    ["is null", "null"],
  ])("rejects a body that %s, and shows no internal detail (E1)", async (_, body) => {
    const response = await post(path, body);
    expectError(response, 400, "invalid_request");
    expect(response.text).not.toMatch(INTERNALS);
  });

  it.each([
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/jsonp",
    "json",
  ])("rejects a body of the type %s (L4)", async (contentType) => {
    expectError(await post(path, '{"refresh_token":"x"}', contentType), 415, "unsupported_media_type");
  });

  it.each([
    ["17 KB, by the function", 17 * KILOBYTE],
    ["7 MB, more than a function accepts", 7 * MEGABYTE],
    ["11 MB, more than the gateway accepts", 11 * MEGABYTE],
  ])("rejects a body of %s (E1)", async (_, bytes) => {
    const response = await post(path, JSON.stringify({ refresh_token: "x".repeat(bytes) }));
    expectError(response, 413, "payload_too_large");
    expect(response.text).not.toMatch(INTERNALS);
  });
});

describe("a body that is missing or empty", () => {
  it.each([
    ["/auth/register", 400, "invalid_request"],
    ["/auth/login", 400, "invalid_request"],
    ["/auth/refresh", 401, "invalid_grant"],
    ["/auth/password", 400, "invalid_request"],
  ] as const)("is rejected by POST %s with %s %s (E1)", async (path, status, error) => {
    for (const body of ["", "{}"]) expectError(await post(path, body), status, error);
    expectError(await service.call("POST", path, { bearer: tokens.access_token }), status, error);
  });
});

describe("members of the wrong type", () => {
  it.each([
    ["/auth/register", { ...anAccount() }],
    ["/auth/login", { ...anAccount(), device_name: "name" }],
    ["/auth/password", { current_password: "x", new_password: "y" }],
    ["/auth/refresh", { refresh_token: "x" }],
  ] as const)("are rejected by POST %s, and never cause a 5xx (L4, E1)", async (path, good) => {
    for (const name of Object.keys(good)) {
      for (const wrong of [7, true, {}, [], ["x"], { toString: "x" }]) {
        const response = await post(path, JSON.stringify({ ...good, [name]: wrong }));
        expectError(response, 400, "invalid_request");
        expect(response.body).toMatchObject({ error_description: expect.stringContaining(name) });
      }
    }
  });

  it("do not change the prototype of objects (E1)", async () => {
    const body = '{"__proto__":{"email":"a@example.com","password":"x"},"constructor":{"prototype":{"status":500}}}';
    expectError(await post("/auth/login", body), 400, "invalid_request");
    expect(await service.call("GET", "/health")).toMatchObject({ status: 200, body: { status: "ok" } });
  });
});

describe("bytes that are not UTF-8", () => {
  it("get a 400, and never cause a 5xx (E1)", async () => {
    const headers = ["Content-Type", "application/json"];
    for (const body of [
      Buffer.from([0xff, 0xfe, 0x00]),
      Buffer.from('{"email":"\xff"}', "latin1"),
      Buffer.alloc(1000),
    ]) {
      const { status, text } = await send(`${service.url}/auth/login`, { method: "POST", headers, body });
      expect({ status, body: JSON.parse(text) }).toMatchObject({ status: 400, body: { error: "invalid_request" } });
    }
  });

  it.each(["identity", "gzip", "br"])(
    "get a 4xx with Content-Encoding %s, which the service does not decode (E1)",
    async (encoding) => {
      const response = await service.call("POST", "/auth/login", {
        body: "\u001f\u008b",
        headers: { "content-encoding": encoding },
      });
      expect(response.status).toBeGreaterThanOrEqual(400);
      expect(response.status).toBeLessThan(500);
    },
  );
});

describe("a security-relevant header that is sent twice", () => {
  const KEY = "0123456789abcdef";
  const PATHS = ["/auth/login", "/auth/refresh", "/auth/logout", "/auth/register"];

  it.each([
    ["Authorization", "Bearer x", "Bearer y"],
    ["Content-Type", "application/json", "application/json"],
    ["Host", "app.example.com", "evil.example"],
    ["Idempotency-Key", KEY, `${KEY}0`],
    ["idempotency-key", KEY, KEY],
    ["Origin", "https://app.example.com", "https://evil.example"],
    ["Sec-Fetch-Site", "same-origin", "cross-site"],
    ["X-CSRF-Token", "a", "b"],
  ])("gets a 400 that names the header, and uses up no token: %s (C7)", async (name, first, second) => {
    const body = JSON.stringify({ ...anAccount(), refresh_token: tokens.refresh_token });
    const type = name === "Content-Type" ? [] : ["Content-Type", "application/json"];
    // `send` adds a Host header itself.
    const headers = [...type, ...(name === "Host" ? [name, second] : [name, first, name, second])];
    for (const path of PATHS) {
      const { status, text } = await send(`${service.url}${path}`, { method: "POST", headers, body });
      expect({ status, body: JSON.parse(text) }).toMatchObject({ status: 400, body: { error: "invalid_request" } });
      expect(text.toLowerCase()).toContain(`\`${name.toLowerCase()}\``);
    }
    expect(await service.me(tokens.access_token)).toMatchObject({ status: 200 });
  });

  it("gets a 401 before the authorizer if it is a valid Authorization sent twice (A5, C7)", async () => {
    const bearer = ["Authorization", `Bearer ${tokens.access_token}`];
    expect((await send(`${service.url}/auth/me`, { headers: bearer })).status).toBe(200);
    expect((await send(`${service.url}/auth/me`, { headers: [...bearer, ...bearer] })).status).toBe(401);
  });
});

describe("an Idempotency-Key", () => {
  it.each([
    ["short"],
    ["x".repeat(15)],
    ["x".repeat(256)],
    ["with a space inside it"],
    ["0123456789abcdef,0123456789"],
    ["ünïcödé-key-of-a-client"],
  ])("that is not a secret is rejected, and does not use up the token: %j (R5)", async (key) => {
    expectError(await service.refresh(tokens.refresh_token, key), 400, "invalid_request");
    expect(await service.me(tokens.access_token)).toMatchObject({ status: 200 });
  });

  it("leaves the session usable after every rejection", async () => {
    await expectAlive(service, tokens);
  });
});
