import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createApplication } from "../../examples/server-rendered/server.ts";
import { ACCESS_TOKEN_LIFE, aClient, COOKIE_SESSION_LIFE } from "../client/support.ts";
import { type Service, startService } from "../support/service-process.ts";
import { describeInChromium, launchChromium } from "../web/chromium.ts";
import { alert, aSignedInVisitor, aVisitor, field, heading } from "../web/visitor.ts";

describeInChromium("a server-rendered application", () => {
  let service: Service;
  let browser: Browser;
  let application: Server;
  let url: string;

  beforeAll(async () => {
    [service, browser] = await Promise.all([startService(), launchChromium()]);
    application = createApplication({ url: service.url, secret: "a secret of the application" });
    await new Promise<void>((resolve) => application.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(application.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    await browser?.close();
    application?.close();
  });

  it("redirects a visitor to sign-in, and greets the user afterwards", async () => {
    const { email, password } = await service.newAccount();
    const { page } = await aVisitor(browser);
    await page.goto(`${url}/some/page?of=mine`);
    await heading(page, "Sign in").waitFor();
    expect(new URL(page.url()).origin).toBe(service.url);
    await field(page, "E-mail address").fill(email);
    await field(page, "Password").fill(password);
    await page.getByRole("button", { name: "Sign in" }).click();
    await heading(page, `Hello ${email}`).waitFor();
    expect(page.url()).toBe(`${url}/some/page?of=mine`);
  });

  it("refreshes the session on the server for two pages at once, and the browser stays signed in", async () => {
    const { page, context, account } = await aSignedInVisitor(browser, service);
    const other = await context.newPage();
    for (let round = 0; round < 3; round++) {
      await service.advance(ACCESS_TOKEN_LIFE);
      await Promise.all([page.goto(url), other.goto(url)]);
      expect(new URL(page.url()).origin).toBe(url);
      expect(await heading(page, "Hello").textContent()).toContain(account.email);
      expect(await heading(other, "Hello").textContent()).toContain(account.email);
    }
    await page.goto(service.url);
    await page.getByText("This device").waitFor();
  });

  it("refreshes the session again a minute later for a browser that did not receive the page (R5)", async () => {
    const { page, context } = await aSignedInVisitor(browser, service);
    const before = await context.cookies();
    await service.advance(ACCESS_TOKEN_LIFE);
    await page.goto(url);
    await heading(page, "Hello").waitFor();
    await context.addCookies(before);
    await service.advance(60);
    await page.reload();
    await heading(page, "Hello").waitFor();
  });

  it("redirects to sign-in after the session has expired (R7)", async () => {
    const { page } = await aSignedInVisitor(browser, service);
    await page.goto(url);
    await heading(page, "Hello").waitFor();
    await service.advance(COOKIE_SESSION_LIFE);
    await page.reload();
    await heading(page, "Sign in").waitFor();
  });

  it("redirects to sign-in at once after the session was revoked (O2)", async () => {
    const { page, account } = await aSignedInVisitor(browser, service);
    await page.goto(url);
    await heading(page, "Hello").waitFor();
    const phone = aClient(service.url);
    await phone.login(account);
    await phone.logoutAll();
    await page.reload();
    await heading(page, "Sign in").waitFor();
    expect(await alert(page).textContent()).toBe("");
  });

  it("responds 503 while the service cannot be reached, and signs nobody out", async () => {
    const lonely = createApplication({ url: "http://127.0.0.1:1", secret: "any" });
    await new Promise<void>((resolve) => lonely.listen(0, "127.0.0.1", resolve));
    const lonelyUrl = `http://127.0.0.1:${(lonely.address() as AddressInfo).port}`;
    const response = await fetch(lonelyUrl, { headers: { Cookie: "__Host-latchkey-access=x" } });
    expect(response.status).toBe(503);
    expect(response.headers.getSetCookie()).toEqual([]);
    lonely.close();
  });
});
