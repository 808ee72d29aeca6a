import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { build } from "esbuild";
import { describe, expect, vi } from "vitest";
import { createClient, memoryStorage } from "../../client/index.ts";
import { it } from "../support/it.ts";
import type { Service } from "../support/service-process.ts";
import { createCookieJar, createNetwork, responseLost, unreachable } from "./network.ts";
import { ACCESS_TOKEN_LIFE, aClient, COOKIE_SESSION_LIFE, stored } from "./support.ts";

let service: Service;

it.beforeAll(({ service: started }) => {
  service = started;
});

describe("a bearer client", () => {
  it("registers, signs in, lists its sessions and signs out", async () => {
    const client = aClient(service.url);
    const account = { email: "ada@example.com", password: "seven quiet herons", name: "Ada" };
    expect(await client.register(account)).toMatchObject({ email: "ada@example.com", name: "Ada" });
    expect(await client.isSignedIn()).toBe(false);
    await client.login({ ...account, deviceName: "Ada's phone" });
    expect(await client.me()).toMatchObject({ email: "ada@example.com" });
    expect(await client.sessions()).toMatchObject([
      { current: true, transport: "bearer", device: { name: "Ada's phone" } },
    ]);
    await client.logout();
    expect(await client.isSignedIn()).toBe(false);
    await expect(client.me()).rejects.toMatchObject({ status: 401, code: "invalid_token" });
    expect(client.signedOut()).toBe(0);
  });

  it("makes a copy of its tokens invalid when it signs out (O2)", async () => {
    const client = aClient(service.url);
    await client.login(await service.newAccount());
    const copy = aClient(service.url, { storage: memoryStorage() });
    await copy.storage.set((await client.storage.get()) ?? undefined);
    expect(await copy.refresh()).toBe(true);
    await client.logout();
    expect(await copy.refresh()).toBe(false);
    expect(copy.signedOut()).toBe(1);
  });

  it("forgets its tokens at once when it signs out offline, and throws because the service does not know", async () => {
    const client = aClient(service.url);
    await client.login(await service.newAccount());
    client.network.spoil("/auth/logout", unreachable, unreachable, unreachable, unreachable);
    await expect(client.logout()).rejects.toMatchObject({ code: "network_error" });
    expect(Object.keys(await stored(client.storage))).toEqual(["device_token"]);
  });

  it("signs in again from its known device while the account is locked for other devices (B4)", async () => {
    const account = await service.newAccount();
    const client = aClient(service.url);
    await client.login(account);
    await client.logout();
    // The limit counts failures in fixed windows of a minute. All five must fall into one window.
    await service.advance(60 - ((await service.now()) % 60));
    for (let tries = 0; tries < 5; tries++) await service.login({ ...account, password: "not the password at all" });
    const elsewhere = aClient(service.url).login(account);
    await expect(elsewhere).rejects.toMatchObject({ code: "too_many_requests" });
    expect(await client.login(account)).toMatchObject({ email: account.email });
  });

  it.each([
    ["its token has expired, because an HTTP API would respond 403 instead of 401", 900_000],
    ["the clock of the device was set back, because the expiry of the token is then unknown", -3_600_000],
  ])("refreshes first if %s", async (_, differenceMs) => {
    const client = aClient(service.url);
    await client.login(await service.newAccount());
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + differenceMs });
    try {
      await client.me();
      await client.me();
    } finally {
      vi.useRealTimers();
    }
    expect(client.network.sent.map(({ path }) => path).slice(1)).toEqual(["/auth/refresh", "/auth/me", "/auth/me"]);
  });

  it("signs out another device, all other devices, and all devices (O3)", async () => {
    const account = await service.newAccount();
    const [one, two, three] = [aClient(service.url), aClient(service.url), aClient(service.url)];
    for (const client of [one, two, three]) await client.login(account);
    const second = (await two.sessions()).find(({ current }) => current)?.session_id ?? "";

    await one.revokeSession(second);
    await one.revokeSession(second);
    await one.revokeSession("unknown");
    expect(await two.refresh()).toBe(false);
    await one.logoutAll({ keepCurrent: true });
    expect(await three.refresh()).toBe(false);
    expect((await one.sessions()).length).toBe(1);
    await one.logoutAll();
    expect(await one.isSignedIn()).toBe(false);
  });

  it("stays signed in after a password change, and the other devices do not (P7)", async () => {
    const account = await service.newAccount();
    const [one, other] = [aClient(service.url), aClient(service.url)];
    await one.login(account);
    await other.login(account);
    const { device_token: before } = await stored(one.storage);
    await one.changePassword({ currentPassword: account.password, newPassword: "nine patient otters" });
    // The change made the device token of the login invalid, so the response has a new token.
    const { device_token: after } = await stored(one.storage);
    expect([typeof after, after === before]).toEqual(["string", false]);
    expect(await one.me()).toMatchObject({ email: account.email });
    expect(await one.refresh()).toBe(true);
    expect(await other.refresh()).toBe(false);
  });

  it("does not mistake a wrong password for the end of the session, and sends the password once", async () => {
    const account = await service.newAccount();
    const client = aClient(service.url);
    const wrong = client.login({ ...account, password: "eight noisy herons" });
    await expect(wrong).rejects.toMatchObject({ status: 401, code: "invalid_credentials" });
    expect(client.network.sent.length).toBe(1);
    await client.login(account);
    const change = { currentPassword: "eight noisy herons", newPassword: "nine patient otters" };
    await expect(client.changePassword(change)).rejects.toMatchObject({ status: 403, code: "wrong_password" });
    expect(client.network.to("/auth/password").length).toBe(1);
    expect(client.network.to("/auth/refresh").length).toBe(0);
  });

  it("passes on why a password is rejected", async () => {
    const rejection = aClient(service.url).register({ email: "bob@example.com", password: "short" });
    await expect(rejection).rejects.toMatchObject({
      code: "invalid_password",
      message: expect.stringMatching(/15/),
      requestId: expect.any(String),
    });
  });

  it("sends its tokens to the service and the named APIs only (R1)", async () => {
    const seen: (string | undefined)[] = [];
    const api = createServer((incoming, outgoing) => {
      seen.push(incoming.headers.authorization);
      outgoing.end("{}");
    });
    await new Promise<void>((resolve) => api.listen(0, "127.0.0.1", resolve));
    const apiUrl = `http://127.0.0.1:${(api.address() as AddressInfo).port}`;
    const client = aClient(service.url, { apis: [`${apiUrl}/v1/`] });
    await client.login(await service.newAccount());
    await client.fetch(`${apiUrl}/v1/things`);
    expect(seen).toEqual([`Bearer ${(await stored(client.storage))["access_token"]}`]);

    for (const url of [
      `${apiUrl}/v2/things`,
      `${apiUrl}/v1/../v2/things`,
      `${apiUrl}/v1/%2E%2e/v2/things`,
      `${apiUrl}/v1/.\t./v2/things`,
      `${apiUrl}/v1/..\\v2/things`,
      `${apiUrl}/v1/..`,
      `${service.url}.example.com/`,
      `${service.url}@example.com/`,
    ]) {
      await expect(client.fetch(url), url).rejects.toThrow(TypeError);
    }
    await client.fetch(`${apiUrl}/v1/a..b/...?next=/../x`);
    expect(seen.splice(1).length).toBe(1);
    await client.fetch("//example.com/");
    expect(client.network.sent.at(-1)?.path).toBe("//example.com/");
    expect(seen.length).toBe(1);
    await new Promise((resolve) => api.close(resolve));
  });

  it("treats a store with other content as empty", async () => {
    const client = aClient(service.url);
    for (const value of [
      "",
      "null",
      "{",
      '"text"',
      '{"refresh_token":"x"}',
      '{"idempotency_key":"k","csrf_token":"c"}',
    ]) {
      await client.storage.set(value);
      expect(await client.isSignedIn()).toBe(false);
    }
  });
});

describe("a cookie client", () => {
  const aBrowser = () => {
    const network = createNetwork();
    const jar = createCookieJar(network.fetch);
    const open = () => aClient(service.url, { transport: "cookie", fetch: jar.fetch });
    return { jar, network, open, tab: open() };
  };

  it("stores no token, and stays signed in after a refresh and a reload (C2)", async () => {
    const { open, tab } = aBrowser();
    const account = await service.newAccount();
    await tab.login(account);
    expect(Object.keys(await stored(tab.storage)).sort()).toEqual(["csrf_token", "idempotency_key"]);
    await service.advance(ACCESS_TOKEN_LIFE);
    expect(await tab.me()).toMatchObject({ email: account.email });
    expect(tab.network.to("/auth/refresh").length).toBe(1);

    const reloaded = open();
    await service.advance(ACCESS_TOKEN_LIFE);
    expect(await reloaded.me()).toMatchObject({ email: account.email });
    expect(reloaded.network.to("/auth/csrf").length).toBe(1);
    await reloaded.logoutAll({ keepCurrent: true });
  });

  it("asks for the CSRF token if it has none or another session's token, and sends the request again (C3)", async () => {
    const { open, tab } = aBrowser();
    await tab.login(await service.newAccount());
    const reloaded = open();
    await reloaded.logoutAll({ keepCurrent: true });
    expect(reloaded.network.sent.map(({ path }) => path)).toEqual([
      "/auth/logout-all",
      "/auth/csrf",
      "/auth/logout-all",
    ]);

    const account = await service.newAccount();
    await reloaded.login(account);
    await tab.logoutAll({ keepCurrent: true });
    expect(await tab.me()).toMatchObject({ email: account.email });
  });

  it("loses a session that has expired, and signs in again although the browser still has the old cookies (R7)", async () => {
    const { jar, tab } = aBrowser();
    const account = await service.newAccount();
    await tab.login(account);
    await service.advance(COOKIE_SESSION_LIFE);
    await expect(tab.me()).rejects.toMatchObject({ status: 401 });
    expect(tab.signedOut()).toBe(1);
    expect(jar.names()).toContain("__Host-latchkey-refresh");
    await tab.login(account);
    expect(await tab.me()).toMatchObject({ email: account.email });
  });

  it("stays signed in after a lost response, as long as the session lives (R5)", async () => {
    const { network, tab } = aBrowser();
    const account = await service.newAccount();
    await tab.login(account);
    network.spoil("/auth/refresh", responseLost, unreachable, unreachable, unreachable);
    await expect(tab.refresh()).rejects.toMatchObject({ code: "network_error" });
    await service.advance(1000);
    expect(await tab.me()).toMatchObject({ email: account.email });
  });

  it("stays signed in after a lost response and the loss of its CSRF token (C3, R5)", async () => {
    const { network, tab } = aBrowser();
    const account = await service.newAccount();
    await tab.login(account);
    network.spoil("/auth/refresh", responseLost, unreachable, unreachable, unreachable);
    await expect(tab.refresh()).rejects.toMatchObject({ code: "network_error" });
    await service.advance(1000);
    await tab.storage.set(JSON.stringify({ ...(await stored(tab.storage)), csrf_token: "another session's" }));
    expect(await tab.me()).toMatchObject({ email: account.email });
  });

  it("stays signed in if the sign-out does not reach the service, because the cookies stay too", async () => {
    const { jar, tab } = aBrowser();
    await tab.login(await service.newAccount());
    tab.network.spoil("/auth/logout", unreachable, unreachable, unreachable, unreachable);
    await expect(tab.logout()).rejects.toMatchObject({ code: "network_error" });
    expect(await tab.isSignedIn()).toBe(true);
    await tab.logout();
    expect(await tab.isSignedIn()).toBe(false);
    expect(jar.names()).not.toContain("__Host-latchkey-refresh");
  });

  it("signs out after a reload, also a second time", async () => {
    const { open, tab } = aBrowser();
    await tab.login(await service.newAccount());
    await open().logout();
    await open().logout();
    expect(await tab.refresh()).toBe(false);
  });

  it("lists the session of a bearer client of the same user, each with its transport", async () => {
    const { tab } = aBrowser();
    const account = await service.newAccount();
    await tab.login(account);
    const phone = aClient(service.url);
    await phone.login({ ...account, deviceName: "Phone" });
    expect((await tab.sessions()).map(({ transport, current }) => [transport, current]).sort()).toEqual([
      ["bearer", false],
      ["cookie", true],
    ]);
  });
});

it("an invalid base URL throws", () => {
  for (const baseUrl of ["", "/", "api.example.com", "ftp://example.com", "https:///x"]) {
    expect(() => createClient({ baseUrl, transport: "bearer" }), baseUrl).toThrow(TypeError);
  }
});

it("the whole client is below 8 KB of script, and imports nothing of Node.js", async () => {
  const { outputFiles } = await build({
    entryPoints: ["client/index.ts"],
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    platform: "browser",
  });
  expect(outputFiles[0]?.contents.length).toBeLessThan(8 * 1024);
});
