import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ACCESS_COOKIE, REFRESH_COOKIE } from "../../shared/http/cookies.ts";
import { type Service, startService } from "../support/service-process.ts";
import type { Account } from "../support/session-api.ts";
import { describeInChromium, launchChromium } from "./chromium.ts";
import { type RecordingProxy, startRecordingProxy } from "./recording-proxy.ts";

/** Two hosts of one domain. Browsers resolve names below `localhost` to this machine and treat them as secure. */
const DOMAIN = "example.localhost";
const APP_HOST = `app.${DOMAIN}`;
const EVIL_HOST = `evil.${DOMAIN}`;

/** Sets cookies for the whole domain from the page of the other host. */
type Planting = (evil: Page, cookies: readonly string[]) => Promise<void>;

const byHeader = async (evil: Page, cookies: readonly string[]): Promise<void> => {
  await evil.goto(
    `${evil.url()}?${new URLSearchParams(cookies.map((cookie): [string, string] => ["cookie", cookie]))}`,
  );
};
const byScript = async (evil: Page, cookies: readonly string[]): Promise<void> => {
  for (const cookie of cookies) await evil.evaluate(`document.cookie = ${JSON.stringify(cookie)}`);
};

const PLANTINGS: readonly (readonly [string, Planting, string])[] = [
  ["the byte A0", byHeader, "\u00a0"],
  ["U+00A0 in UTF-8", byHeader, Buffer.from("\u00a0").toString("latin1")],
  ["U+00A0, by script", byScript, "\u00a0"],
  ["U+FEFF, by script", byScript, "\ufeff"],
  ["U+3000, by script", byScript, "\u3000"],
  ["U+2028, by script", byScript, "\u2028"],
];

describeInChromium("another host of the same domain", () => {
  let service: Service;
  let proxy: RecordingProxy;
  let browser: Browser;
  let evilServer: Server;
  let app: string;
  let victim: Account;
  /** The cookies of the attacker's own session. */
  let attackers: readonly string[];

  beforeAll(async () => {
    [service, browser] = await Promise.all([startService(), launchChromium()]);
    proxy = await startRecordingProxy(service.url);
    app = `http://${APP_HOST}:${new URL(proxy.url).port}`;
    victim = await service.newAccount();
    const attacker = await service.newAccount();
    const login = await service.call("POST", "/auth/login", { body: { ...attacker, transport: "cookie" } });
    attackers = login.headers.getSetCookie().map((cookie) => cookie.split(";")[0] ?? "");
    // Sets the cookies that the query names. Node.js writes header values as Latin-1: one byte for each character.
    evilServer = createServer((incoming, outgoing) => {
      const cookies = new URL(incoming.url ?? "/", "http://evil").searchParams.getAll("cookie");
      outgoing.writeHead(200, { "Content-Type": "text/html", "Set-Cookie": cookies });
      outgoing.end("<!doctype html><title>Evil</title>");
    });
    await new Promise<void>((resolve) => evilServer.listen(0, "127.0.0.1", resolve));
  });
  afterAll(async () => {
    await browser?.close();
    evilServer?.close();
    proxy?.stop();
  });

  /** A page of the service in a browser that has visited the other host before. */
  const visitAfter = async (planting: Planting, prefix: string): Promise<Page> => {
    const context = await browser.newContext();
    const evil = await context.newPage();
    await evil.goto(`http://${EVIL_HOST}:${(evilServer.address() as AddressInfo).port}/`);
    await planting(
      evil,
      attackers.map((cookie) => `${prefix}${cookie}; Domain=${DOMAIN}; Path=/; Secure`),
    );
    const page = await context.newPage();
    proxy.exchanges.length = 0;
    await page.goto(app);
    return page;
  };

  const callFrom = async (page: Page, path: string, init: RequestInit = {}) =>
    (await page.evaluate(
      `fetch(${JSON.stringify(path)}, ${JSON.stringify(init)}).then(async (response) => ({
        status: response.status,
        body: await response.json().catch(() => undefined),
      }))`,
    )) as { readonly status: number; readonly body: unknown };

  const signIn = (page: Page) =>
    callFrom(page, "/auth/login", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ ...victim, transport: "cookie" }),
    });

  const sentCookies = (): string => proxy.exchanges.map(({ headers }) => headers.cookie ?? "").join("; ");

  it("cannot set a cookie with the name of a service cookie: the browser rejects the cookie (C1)", async () => {
    await visitAfter(byHeader, "");
    expect(sentCookies()).not.toContain("__Host-");
  });

  it.each(PLANTINGS)(
    "signs nobody in by cookies behind %s, which the browser sends (C1, C7)",
    async (_, by, prefix) => {
      const page = await visitAfter(by, prefix);
      expect(await callFrom(page, "/auth/me")).toMatchObject({ status: 401 });
      expect(await callFrom(page, "/auth/csrf")).toMatchObject({ status: 401 });
      for (const name of [ACCESS_COOKIE, REFRESH_COOKIE]) expect(sentCookies()).toContain(`${name}=`);
    },
  );

  it.each(PLANTINGS)("does not block a sign-in by cookies behind %s (C7)", async (_, by, prefix) => {
    const page = await visitAfter(by, prefix);
    expect(await signIn(page)).toMatchObject({ status: 200, body: { user: { email: victim.email } } });
    expect(await callFrom(page, "/auth/me")).toMatchObject({ status: 200, body: { user: { email: victim.email } } });
    expect(await callFrom(page, "/auth/csrf")).toMatchObject({ status: 200 });
  });
});
