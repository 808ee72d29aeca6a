import type { Browser, BrowserContext } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ACCESS_TOKEN_LIFE, aClient, COOKIE_SESSION_LIFE } from "../client/support.ts";
import { type Service, startService } from "../support/service-process.ts";
import { describeInChromium, launchChromium } from "./chromium.ts";
import { alert, aSignedInVisitor, aVisitor, countRequests, field, heading, notice, signIn } from "./visitor.ts";

/** Long enough for a busy machine. */
const POLL_OPTIONS = { timeout: 120_000 };

const NEW_PASSWORD = "nine patient otters";

/** The cookies of the session, without the device cookie. */
const sessionCookies = async (context: BrowserContext) =>
  (await context.cookies()).filter(({ name }) => /-(access|refresh)$/.test(name));

describeInChromium("the account pages in a browser", () => {
  let service: Service;
  let browser: Browser;

  beforeAll(async () => {
    [service, browser] = await Promise.all([startService(), launchChromium()]);
  });
  afterAll(async () => {
    await browser?.close();
  });

  it("a visitor creates an account, and is still signed in after a reload", async () => {
    const { page, complaints } = await aVisitor(browser);
    await page.goto(service.url);
    await page.getByRole("link", { name: "Create an account" }).click();
    await page.getByLabel("Name").fill("Ada");
    await field(page, "E-mail address").fill("ada@example.com");
    await field(page, "Password").fill("seven quiet herons");
    await page.getByRole("button", { name: "Create account" }).click();
    await heading(page, "Signed-in devices").waitFor();
    await page.reload();
    await page.getByText("This device").waitFor();
    expect(await page.locator("#who").textContent()).toBe("ada@example.com");
    expect(await page.title()).toBe("Signed-in devices · Latchkey");
    expect(complaints).toEqual([]);
  });

  it("a script reads no token: the cookies are HttpOnly, and the store holds only a CSRF token and a key (C1, C2)", async () => {
    const { page, context } = await aSignedInVisitor(browser, service);
    const cookies = await sessionCookies(context);
    expect(cookies.length).toBe(2);
    for (const cookie of cookies) {
      expect(cookie).toMatchObject({ httpOnly: true, secure: true, sameSite: "Lax", path: "/" });
      expect(cookie.name).toMatch(/^__Host-/);
    }
    expect(await page.evaluate("document.cookie")).toBe("");
    const kept: unknown = JSON.parse(
      String(await page.evaluate("JSON.stringify({ ...localStorage, ...sessionStorage })")),
    );
    expect(Object.keys(JSON.parse(String((kept as Record<string, unknown>)["latchkey"]))).sort()).toEqual([
      "csrf_token",
      "idempotency_key",
    ]);
  });

  it("an expired access token is refreshed, and the user notices nothing", async () => {
    const { page, context } = await aSignedInVisitor(browser, service);
    const refreshes = countRequests(context, "/auth/refresh");
    await service.advance(ACCESS_TOKEN_LIFE);
    await page.reload();
    await page.getByText("This device").waitFor();
    expect(refreshes()).toBe(1);
  });

  it("a session that has expired leads to sign-in at the next action, and a new sign-in works (R7)", async () => {
    const { page, account } = await aSignedInVisitor(browser, service);
    await service.advance(COOKIE_SESSION_LIFE);
    await page.getByRole("link", { name: "change your password" }).click();
    await field(page, "Current password").fill(account.password);
    await field(page, "New password").fill(NEW_PASSWORD);
    await page.getByRole("button", { name: "Change password" }).click();
    await heading(page, "Sign in").waitFor();
    expect(await notice(page).textContent()).toBe("You were signed out. Sign in to go on.");
    expect(await page.locator("body").textContent()).not.toContain(account.email);
    await signIn(page, service.url, account);
  });

  it("a session that has expired leads to sign-in after a reload (R7)", async () => {
    const { page } = await aSignedInVisitor(browser, service);
    await service.advance(COOKIE_SESSION_LIFE);
    await page.reload();
    await heading(page, "Sign in").waitFor();
    expect(await notice(page).textContent()).toBe("You were signed out. Sign in to go on.");
  });

  it.each([
    ["in a browser with Web Locks", true],
    ["in a browser without Web Locks", false],
  ])("two tabs refresh at the same time %s, and both stay signed in (R4)", async (_, hasLocks) => {
    const { page, context } = await aSignedInVisitor(browser, service);
    if (!hasLocks) await context.addInitScript("Object.defineProperty(navigator, 'locks', { value: undefined })");
    const other = await context.newPage();
    await Promise.all([page.goto(service.url), other.goto(service.url)]);
    await other.getByText("This device").waitFor();
    for (let round = 0; round < 3; round++) {
      await service.advance(ACCESS_TOKEN_LIFE);
      await Promise.all([page.reload(), other.reload()]);
      await Promise.all([page.getByText("This device").waitFor(), other.getByText("This device").waitFor()]);
    }
  });

  it("a tab waits while another tab refreshes (R4)", async () => {
    const { page, context } = await aSignedInVisitor(browser, service);
    const other = await context.newPage();
    await other.goto(service.url);
    await other.getByText("This device").waitFor();
    const refreshes = countRequests(context, "/auth/refresh");
    await page.evaluate(`new Promise((held) =>
      void navigator.locks.request("latchkey", () => new Promise((release) => { window.release = release; held(); })))`);
    await service.advance(ACCESS_TOKEN_LIFE);
    await other.reload();
    const waiting = "navigator.locks.query().then(({ pending }) => pending.map(({ name }) => name))";
    await expect.poll(() => page.evaluate(waiting), POLL_OPTIONS).toEqual(["latchkey"]);
    expect(refreshes()).toBe(0);
    await page.evaluate("window.release()");
    await other.getByText("This device").waitFor();
    expect(refreshes()).toBe(1);
  });

  it("another device is signed out, and its next action leads to sign-in (O3)", async () => {
    const { page, account } = await aSignedInVisitor(browser, service);
    const lost = await aVisitor(browser, {
      userAgent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:149.0) Gecko/20100101 Firefox/149.0",
    });
    await signIn(lost.page, service.url, account);
    await page.reload();
    await page.getByRole("button", { name: "Sign out Firefox on Windows" }).click();
    await notice(page).getByText("Firefox on Windows is signed out.").waitFor();
    expect(await page.getByRole("listitem").count()).toBe(1);

    await lost.page.getByRole("button", { name: "Sign out all other devices" }).click();
    await heading(lost.page, "Sign in").waitFor();
    await page.reload();
    await page.getByText("This device").waitFor();
  });

  it("all other devices are signed out, apps too; the list shows the transport of each device (O3)", async () => {
    const { page, account } = await aSignedInVisitor(browser, service);
    const phone = aClient(service.url);
    await phone.login({ ...account, deviceName: "Ada's phone" });
    await page.reload();
    const phoneItem = page.getByRole("listitem").filter({ hasText: "Ada's phone" });
    expect(await phoneItem.textContent()).toContain("App · 127.0.0.1");
    expect(await page.getByRole("listitem").filter({ hasText: "This device" }).textContent()).toContain("Browser ·");
    expect((await phone.sessions()).map(({ transport }) => transport).sort()).toEqual(["bearer", "cookie"]);

    await page.getByRole("button", { name: "Sign out all other devices" }).click();
    await notice(page).getByText("All other devices are signed out.").waitFor();
    expect(await page.getByRole("listitem").count()).toBe(1);
    expect(await phone.refresh()).toBe(false);
  });

  it("a password change signs the other devices out and keeps this session (P7)", async () => {
    const { page, account } = await aSignedInVisitor(browser, service);
    const phone = aClient(service.url);
    await phone.login(account);
    await page.getByRole("link", { name: "Password", exact: true }).click();
    await field(page, "Current password").fill("eight noisy herons");
    await field(page, "New password").fill(NEW_PASSWORD);
    await page.getByRole("button", { name: "Change password" }).click();
    await alert(page).getByText("The current password is wrong.").waitFor();
    expect(await page.evaluate("document.activeElement.name")).toBe("current_password");

    await field(page, "Current password").fill(account.password);
    await page.getByRole("button", { name: "Change password" }).click();
    await notice(page).getByText("Your password is changed.").waitFor();
    expect(await phone.refresh()).toBe(false);
    await page.reload();
    await page.getByText("This device").waitFor();
    await phone.login({ ...account, password: NEW_PASSWORD });
  });

  it("after a sign-out no tab shows the account again (O2)", async () => {
    const { page, context, account } = await aSignedInVisitor(browser, service);
    const other = await context.newPage();
    await other.goto(service.url);
    await other.getByText("This device").waitFor();
    await page.getByRole("link", { name: "Password", exact: true }).click();
    await heading(page, "Change your password").waitFor();

    await page.getByRole("button", { name: "Sign out", exact: true }).click();
    await heading(page, "Sign in").waitFor();
    expect(await notice(page).textContent()).toBe("You are signed out.");
    await heading(other, "Sign in").waitFor();
    expect(await sessionCookies(context)).toEqual([]);

    await page.goBack();
    await heading(page, "Sign in").waitFor();
    expect(await page.locator("body").textContent()).not.toContain(account.email);
    await page.goto(`${service.url}/#devices`);
    await page.reload();
    await heading(page, "Sign in").waitFor();
  });

  it("a page from the back-forward cache asks the service who is signed in (O2)", async () => {
    const { page, account } = await aSignedInVisitor(browser, service);
    await page.goto(`${service.url}/health`);
    const phone = aClient(service.url);
    await phone.login(account);
    await phone.logoutAll();
    await page.goBack();
    await heading(page, "Sign in").waitFor();
  });

  it("a wrong password shows an alert, and the password field gets the focus (L1)", async () => {
    const { page } = await aVisitor(browser);
    const { email } = await service.newAccount();
    await page.goto(service.url);
    await field(page, "E-mail address").fill(email);
    await field(page, "Password").fill("eight noisy herons");
    await page.getByRole("button", { name: "Sign in" }).click();
    await alert(page).getByText("The e-mail address or the password is wrong.").waitFor();
    expect(await page.evaluate("document.activeElement.name")).toBe("password");
    expect(await field(page, "Password").getAttribute("aria-invalid")).toBe("true");
  });

  it("an error in the registration moves the focus to its field", async () => {
    const { page } = await aVisitor(browser);
    const { email } = await service.newAccount();
    await page.goto(`${service.url}/#create-account`);
    await field(page, "E-mail address").fill(email);
    const password = field(page, "Password");
    await password.fill("too short");
    await page.getByRole("button", { name: "Create account" }).click();
    expect(await page.evaluate("document.querySelector('#password').validity.tooShort")).toBe(true);

    await password.fill("password password");
    await page.getByRole("button", { name: "Create account" }).click();
    await alert(page).getByText("The password is commonly used").waitFor();
    expect(await page.evaluate("document.activeElement.name")).toBe("password");

    await password.fill("seven quiet herons");
    await page.getByRole("button", { name: "Create account" }).click();
    await alert(page).getByText("There is an account with this e-mail address already.").waitFor();
    expect(await page.evaluate("document.activeElement.name")).toBe("email");
  });

  it("a service that cannot be reached signs nobody out", async () => {
    const { page, context } = await aSignedInVisitor(browser, service);
    await context.route("**/auth/**", (route) => route.abort());
    await page.getByRole("button", { name: "Sign out", exact: true }).click();
    await alert(page).getByText("You are still signed in.").waitFor();
    await page.reload();
    await heading(page, "Not available").waitFor();
    await context.unroute("**/auth/**");
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByText("This device").waitFor();
  });

  it("every action works with the keyboard, and the focus of each new page is its heading", async () => {
    const { page } = await aVisitor(browser);
    const { email, password } = await service.newAccount();
    await page.goto(service.url);
    await heading(page, "Sign in").waitFor();
    const press = async (...keys: readonly string[]) => {
      for (const key of keys) await page.keyboard.press(key);
    };
    const focused = () => page.evaluate("document.activeElement.ariaLabel || document.activeElement.textContent");

    expect(await focused()).toBe("Sign in");
    await press("Tab");
    await page.keyboard.type(email);
    await press("Tab");
    await page.keyboard.type(password);
    await press("Tab");
    expect(await focused()).toBe("Show password");
    await press("Space");
    expect(await focused()).toBe("Hide password");
    await press("Tab", "Enter");
    await page.getByText("This device").waitFor();
    expect(await focused()).toBe("Signed-in devices");
    await press("Shift+Tab", "Enter");
    await heading(page, "Change your password").waitFor();
    expect(await focused()).toBe("Change your password");
    await press("Shift+Tab", "Shift+Tab", "Shift+Tab");
    expect(await focused()).toBe("Sign out");
    await press("Enter");
    await heading(page, "Sign in").waitFor();
  });

  it("after the sign-in the page returns to an application on this host, and to no other host", async () => {
    const { page } = await aSignedInVisitor(browser, service);
    await page.goto(`${service.url}/?return_to=${encodeURIComponent("/health?from=app")}`);
    await page.waitForURL(`${service.url}/health?from=app`);
    for (const elsewhere of ["https://evil.example/", "//evil.example", "javascript:alert(1)", "\\\\evil.example"]) {
      await page.goto(`${service.url}/?return_to=${encodeURIComponent(elsewhere)}`);
      await page.getByText("This device").waitFor();
      expect(new URL(page.url()).origin).toBe(service.url);
    }
  });
});
