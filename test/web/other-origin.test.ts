import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { aClient } from "../client/support.ts";
import { type Service, startService } from "../support/service-process.ts";
import type { Account } from "../support/session-api.ts";
import { describeInChromium, launchChromium } from "./chromium.ts";
import { type Exchange, type RecordingProxy, startRecordingProxy } from "./recording-proxy.ts";
import { aSignedInVisitor } from "./visitor.ts";

/** Long enough for a busy machine. */
const POLL_OPTIONS = { timeout: 120_000 };

type Attempt = { readonly method: "POST" | "DELETE"; readonly path: string; readonly body: object };

const ATTACKER: Account = { email: "attacker@example.com", password: "seven loud magpies" };

/** A request to every unsafe route, with a harmful body. */
const attemptsOn = (victim: Account, sessionId: string): readonly Attempt[] => [
  { method: "POST", path: "/auth/login", body: { ...ATTACKER, transport: "cookie" } },
  { method: "POST", path: "/auth/register", body: { email: "planted@example.com", password: ATTACKER.password } },
  { method: "POST", path: "/auth/refresh", body: {} },
  { method: "POST", path: "/auth/logout", body: {} },
  { method: "POST", path: "/auth/logout-all", body: {} },
  {
    method: "POST",
    path: "/auth/password",
    body: { current_password: victim.password, new_password: ATTACKER.password },
  },
  { method: "DELETE", path: `/auth/sessions/${sessionId}`, body: {} },
];

/** Media types that a page can send without a preflight. */
const SIMPLE_TYPES = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"] as const;

const ORIGINS = [
  ["another port of this host, to which the browser sends the cookies", "127.0.0.1"],
  ["another site", "localhost"],
] as const;

describeInChromium("a page of another origin", () => {
  let service: Service;
  let proxy: RecordingProxy;
  let browser: Browser;
  let evilServer: Server;

  beforeAll(async () => {
    [service, browser] = await Promise.all([startService(), launchChromium()]);
    proxy = await startRecordingProxy(service.url);
    await aClient(service.url).register(ATTACKER);
    evilServer = createServer((_, outgoing) => {
      outgoing.writeHead(200, { "Content-Type": "text/html" }).end("<!doctype html><title>Evil</title><body>");
    });
    await new Promise<void>((resolve) => evilServer.listen(0, resolve));
  });
  afterAll(async () => {
    await browser?.close();
    evilServer?.close();
    proxy?.stop();
  });

  const openEvilPage = async (context: BrowserContext, host: string): Promise<Page> => {
    const page = await context.newPage();
    await page.goto(`http://${host}:${(evilServer.address() as AddressInfo).port}/`);
    return page;
  };

  /** A signed-in user. The user is unharmed if the account, its sessions and its password are the same after the attack. */
  const aVictim = async () => {
    const { page, context, account } = await aSignedInVisitor(browser, { ...service, url: proxy.url });
    const state = async () => {
      await page.reload();
      await page.getByText("This device").waitFor();
      return {
        who: await page.locator("#who").textContent(),
        sessions: await page.evaluate("fetch('/auth/sessions').then((response) => response.json())"),
      };
    };
    const before = await state();
    const sessionId = (before.sessions as { sessions: [{ session_id: string }] }).sessions[0].session_id;
    proxy.exchanges.length = 0;
    return {
      context,
      attempts: attemptsOn(account, sessionId),
      expectUnharmed: async () => {
        expect(await state()).toEqual(before);
        await aClient(service.url).login(account);
      },
    };
  };

  const expectRejected = (exchanges: readonly Exchange[]): void => {
    for (const { method, path, status, responseHeaders } of exchanges) {
      const what = `${method} ${path} got the response ${status}`;
      expect(Math.floor(status / 100), what).toBe(4);
      expect(responseHeaders, what).not.toHaveProperty("set-cookie");
      expect(responseHeaders, what).not.toHaveProperty("access-control-allow-origin");
    }
  };

  const hasCookies = ({ headers }: Exchange): boolean => (headers.cookie ?? "").includes("__Host-");

  it.each(ORIGINS)("on %s: a fetch that needs a preflight is never sent (C3, C4, C5)", async (_, host) => {
    const { context, attempts, expectUnharmed } = await aVictim();
    const evil = await openEvilPage(context, host);
    for (const { method, path, body } of attempts) {
      const sent = sendFrom(evil, proxy.url + path, {
        method,
        credentials: "include",
        headers: { "Content-Type": "application/json", "X-CSRF-Token": "a guess" },
        body: JSON.stringify(body),
      });
      await expect(sent, path).rejects.toThrow("Failed to fetch");
    }
    expect(proxy.exchanges.map(({ method }) => method)).toEqual(attempts.map(() => "OPTIONS"));
    for (const { responseHeaders } of proxy.exchanges) {
      expect(responseHeaders).not.toHaveProperty("access-control-allow-origin");
    }
    await expectUnharmed();
  });

  it.each(ORIGINS)("on %s: a fetch without a preflight is rejected (C3, C4)", async (_, host) => {
    const { context, attempts, expectUnharmed } = await aVictim();
    const evil = await openEvilPage(context, host);
    const posts = attempts.filter(({ method }) => method === "POST");
    for (const { path, body } of posts) {
      for (const type of SIMPLE_TYPES) {
        await sendFrom(evil, proxy.url + path, {
          method: "POST",
          mode: "no-cors",
          credentials: "include",
          headers: { "Content-Type": type },
          body: JSON.stringify(body),
        });
      }
    }
    expect(proxy.exchanges.length).toBe(posts.length * SIMPLE_TYPES.length);
    expect(proxy.exchanges.every(hasCookies)).toBe(host === "127.0.0.1");
    expectRejected(proxy.exchanges);
    await expectUnharmed();
  });

  it.each(ORIGINS)("on %s: an empty POST, which has no content type, is rejected (C3, C4)", async (_, host) => {
    const { context, expectUnharmed } = await aVictim();
    const evil = await openEvilPage(context, host);
    for (const path of ["/auth/refresh", "/auth/logout", "/auth/logout-all"]) {
      await sendFrom(evil, proxy.url + path, { method: "POST", mode: "no-cors", credentials: "include" });
    }
    expect(proxy.exchanges.length).toBe(3);
    // A logout without cookies concerns no session. Its response is always 204 (O1).
    expectRejected(proxy.exchanges.filter((exchange) => hasCookies(exchange) || exchange.path !== "/auth/logout"));
    for (const { responseHeaders } of proxy.exchanges) expect(responseHeaders).not.toHaveProperty("set-cookie");
    await expectUnharmed();
  });

  it.each(ORIGINS)("on %s: a form is rejected, in a frame and as the page itself (C3, C4)", async (_, host) => {
    const { context, attempts, expectUnharmed } = await aVictim();
    const evil = await openEvilPage(context, host);
    const posts = attempts.filter(({ method }) => method === "POST");
    let sent = 0;
    for (const { path, body } of posts) {
      for (const type of SIMPLE_TYPES) {
        await evil.setContent(`<iframe name="sink"></iframe>${toForm(proxy.url + path, type, body, "sink")}`);
        await evil.evaluate("document.forms[0].submit()");
        await expect.poll(() => proxy.exchanges.length, POLL_OPTIONS).toBe(++sent);
      }
      await evil.setContent(toForm(proxy.url + path, "text/plain", body, "_self"));
      await Promise.all([evil.waitForURL(proxy.url + path), evil.evaluate("document.forms[0].submit()")]);
      expect(proxy.exchanges.length).toBe(++sent);
      await evil.goBack();
    }
    expect(proxy.exchanges.every(hasCookies)).toBe(host === "127.0.0.1");
    expectRejected(proxy.exchanges);
    await expectUnharmed();
  });

  it("in a sandboxed frame, whose origin is null, a form is rejected (C4)", async () => {
    const { context, attempts, expectUnharmed } = await aVictim();
    const evil = await openEvilPage(context, "127.0.0.1");
    const posts = attempts.filter(({ method }) => method === "POST");
    for (const { path, body } of posts) {
      const frame = `${toForm(proxy.url + path, "text/plain", body, "_self")}<script>document.forms[0].submit()</script>`;
      await evil.evaluate(
        `document.body.append(Object.assign(document.createElement("iframe"),
          { sandbox: "allow-scripts allow-forms", srcdoc: ${JSON.stringify(frame)} }))`,
      );
    }
    await expect.poll(() => proxy.exchanges.length, POLL_OPTIONS).toBe(posts.length);
    expect(proxy.exchanges.map(({ headers }) => headers.origin)).toEqual(posts.map(() => "null"));
    expectRejected(proxy.exchanges);
    await expectUnharmed();
  });
});

/** Sends a request from the page. @throws Error if `fetch` throws in the page */
const sendFrom = async (page: Page, url: string, init: RequestInit): Promise<void> => {
  await page.evaluate(`fetch(${JSON.stringify(url)}, ${JSON.stringify(init)}).then(() => undefined)`);
};

/** A form whose body as `text/plain` is JSON: the last member contains the `=` that separates the name and the value of the field. */
const toForm = (action: string, type: string, body: object, target: string): string => {
  const [name = "", value = ""] = JSON.stringify({ ...body, padding: "=" }).split("=");
  return `<form method="post" action="${action}" enctype="${type}" target="${target}">
    <input name="${escapeHtml(name)}" value="${escapeHtml(value)}"></form>`;
};

const escapeHtml = (text: string): string => text.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
