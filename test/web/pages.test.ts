import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import axe from "axe-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildWeb, buildWebFiles } from "../../web/build.ts";
import { HEADERS_BY_PREFIX } from "../../web/headers.ts";
import { type Service, startService } from "../support/service-process.ts";
import type { Account } from "../support/session-api.ts";
import { describeInChromium, launchChromium } from "./chromium.ts";
import { alert, aVisitor, field, heading, signIn } from "./visitor.ts";

const RUN_AXE = `axe
  .run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] })
  .then(({ violations, passes }) => JSON.stringify({
    violations: violations.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html)]),
    passes: passes.map(({ id }) => id),
  }))`;

const inLowerCase = (headers: Readonly<Record<string, string>> = {}) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

describe("the build", () => {
  it("is one script below 30 KB, one style sheet, one picture and one page", async () => {
    const files = await buildWebFiles();
    expect([...files.keys()].map((path) => path.replace(/-[0-9a-f]{12}/, "-HASH")).sort()).toEqual([
      "/",
      "/assets/app-HASH.js",
      "/assets/key-HASH.svg",
      "/assets/style-HASH.css",
    ]);
    const script = [...files].find(([path]) => path.endsWith(".js"))?.[1];
    expect(script?.length).toBeLessThan(30 * 1024);
  });

  it("has sources that compile with the types of a browser only", async () => {
    const tsc = ["node_modules/typescript/bin/tsc", "--noEmit", "-p", "web"];
    const { stdout } = await promisify(execFile)(process.execPath, tsc).catch((error: { stdout: string }) => error);
    expect(stdout).toBe("");
  });

  it("can be written into a folder", async () => {
    const folder = await mkdtemp(join(tmpdir(), "latchkey-web-"));
    await buildWeb(folder);
    for (const [path, content] of await buildWebFiles()) {
      const written = await readFile(join(folder, "pages", path === "/" ? "index.html" : path));
      expect(written.equals(content), path).toBe(true);
    }
    expect(JSON.parse(await readFile(join(folder, "headers.json"), "utf8"))).toEqual(HEADERS_BY_PREFIX);
    await rm(folder, { recursive: true });
  });

  it("shows the operator's name and rules, and escapes HTML", async () => {
    const name = `Ada & <script>alert("x")</script>`;
    const files = await buildWebFiles({ serviceName: name, minPasswordLength: 8, registration: "closed" });
    const page = Buffer.from(files.get("/") ?? []).toString();
    expect(page.match(/<script/g)?.length).toBe(1);
    expect(page).toContain("Ada &#38; &#60;script&#62;");
    expect(page).toContain("At least 8 characters");
    expect(page).toContain('data-registration="closed"');
  });

  it("has no inline script, style or handler, and no form that puts a password into an address", async () => {
    const page = Buffer.from((await buildWebFiles()).get("/") ?? []).toString();
    expect(page).not.toMatch(/<style|\sstyle=|\son\w+=|javascript:/i);
    expect(page.match(/<script[^>]*>/g)).toEqual([expect.stringMatching(/src="\/assets\/app-/)]);
    for (const form of page.match(/<form[^>]*>/g) ?? []) expect(form).toContain('method="post"');
  });
});

describeInChromium("each page in a browser", () => {
  let service: Service;
  let browser: Browser;
  let account: Account;

  beforeAll(async () => {
    [service, browser] = await Promise.all([startService(), launchChromium()]);
    account = await service.newAccount();
  });
  afterAll(async () => {
    await browser?.close();
  });

  it("has a Content-Security-Policy, and files with a hash in their names may be cached (H2)", async () => {
    const page = await fetch(service.url);
    expect(page.headers.get("Content-Type")).toBe("text/html; charset=utf-8");
    const script = /src="([^"]+)"/.exec(await page.text())?.[1] ?? "";
    const asset = await fetch(service.url + script);
    expect(asset.headers.get("Content-Type")).toBe("text/javascript; charset=utf-8");
    expect(Object.fromEntries(page.headers)).toMatchObject(inLowerCase(HEADERS_BY_PREFIX["/"]));
    expect(Object.fromEntries(asset.headers)).toMatchObject(inLowerCase(HEADERS_BY_PREFIX["/assets/"]));
    expect(page.headers.get("Cache-Control")).toBe("no-cache");
    expect(asset.headers.get("Cache-Control")).toContain("immutable");
    expect(page.headers.get("Content-Security-Policy")).toMatch(/^default-src 'none'; script-src 'self'; /);
    expect((await fetch(service.url, { method: "POST" })).status).not.toBe(200);
    expect((await fetch(`${service.url}/assets/nothing.js`)).status).not.toBe(200);
  });

  it("never turns text into script or markup (H2)", async () => {
    const { page } = await aVisitor(browser);
    await page.goto(service.url);
    await heading(page, "Sign in").waitFor();
    const attempts = {
      markup: "document.body.innerHTML = '<b>x</b>'",
      evaluated: "Function('return 1')()",
      script: "document.head.append(Object.assign(document.createElement('script'), { text: 'window.ran = true' }))",
    };
    for (const [name, attempt] of Object.entries(attempts)) {
      // The timer is necessary: the policy does not apply to code that the debugger evaluates directly.
      const outcome = await page.evaluate(
        `new Promise((done) => setTimeout(() => { try { ${attempt}; done("done"); } catch (error) { done(error.name); } }))`,
      );
      expect(outcome, name).not.toBe("done");
    }
    expect(await page.evaluate("window.ran")).toBeUndefined();
  });

  /** Opens every page, also with an error on the page. */
  const visitAll = async (page: Page, look: (name: string) => Promise<void>): Promise<void> => {
    await page.context().route("**/auth/me", (route) => route.abort());
    await page.goto(service.url);
    await heading(page, "Not available").waitFor();
    await look("unreachable");
    await page.context().unroute("**/auth/me");

    await page.goto(`${service.url}/#create-account`);
    await page.reload();
    await heading(page, "Create an account").waitFor();
    await look("create-account");
    await field(page, "E-mail address").fill(account.email);
    await field(page, "Password").fill("password password");
    await page.getByRole("button", { name: "Create account" }).click();
    await alert(page).getByText("The password is commonly used").waitFor();
    await look("create-account, rejected");

    await page.goto(`${service.url}/#sign-in`);
    await heading(page, "Sign in").waitFor();
    await look("sign-in");
    await signIn(page, service.url, account);
    await look("devices");
    await page.goto(`${service.url}/#password`);
    await heading(page, "Change your password").waitFor();
    await look("password");
    await page.getByRole("button", { name: "Sign out", exact: true }).click();
    await page.getByText("You are signed out.").waitFor();
    await look("sign-in, after signing out");
  };

  it.each(["light", "dark"] as const)("has no violation that axe finds, in %s", async (colorScheme) => {
    const { page, complaints } = await aVisitor(browser, { colorScheme });
    await visitAll(page, async (name) => {
      await page.evaluate(axe.source);
      const { violations, passes } = JSON.parse(String(await page.evaluate(RUN_AXE)));
      expect(violations, name).toEqual([]);
      expect(passes, name).toContain("color-contrast");
    });
    expect(complaints).toEqual([]);
  });

  it("fits a screen 360 px wide, also with text of twice the size", async () => {
    const { page } = await aVisitor(browser, { viewport: { width: 360, height: 640 } });
    await visitAll(page, async (name) => {
      for (const size of ["100%", "200%"]) {
        const width = await page.evaluate(
          `document.documentElement.style.fontSize = "${size}", document.documentElement.scrollWidth`,
        );
        expect(width, `${name} at ${size}`).toBeLessThanOrEqual(360);
      }
      await page.evaluate("document.documentElement.style.fontSize = ''");
    });
  });
});
