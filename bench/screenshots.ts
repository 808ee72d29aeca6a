import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Browser, BrowserContextOptions } from "playwright-core";
import { synthesize } from "../local/cloudformation/synthesize.ts";
import { startLocal } from "../local/local.ts";
import { type Account, createSessionApi } from "../test/support/session-api.ts";
import { launchChromium } from "../test/web/chromium.ts";
import { field, heading } from "../test/web/visitor.ts";
import { attack } from "./attack.ts";

/** Takes pictures of every page, light and dark, wide and narrow: `npx tsx bench/screenshots.ts`. The pictures are for people to look at. */
const OUT = "screenshots";

const USER_AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0.0.0 Safari/537.36";

const LOOKS = {
  light: { colorScheme: "light", viewport: { width: 1100, height: 800 } },
  dark: { colorScheme: "dark", viewport: { width: 1100, height: 800 } },
  narrow: { colorScheme: "light", viewport: { width: 360, height: 740 }, deviceScaleFactor: 2 },
  "narrow-dark": { colorScheme: "dark", viewport: { width: 360, height: 740 }, deviceScaleFactor: 2 },
} as const satisfies Record<string, BrowserContextOptions>;

const OTHER_DEVICES = [
  { device_name: "Ada’s phone", userAgent: "Notes/4.1 CFNetwork/1496 Darwin/23.5" },
  { userAgent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:149.0) Gecko/20100101 Firefox/149.0" },
];

const signInElsewhere = async (url: string, account: Account): Promise<void> => {
  for (const { userAgent, ...device } of OTHER_DEVICES) {
    await fetch(`${url}/auth/login`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "User-Agent": userAgent },
      body: JSON.stringify({ ...account, ...device }),
    });
  }
};

const takeAll = async (browser: Browser, url: string, account: Account, look: keyof typeof LOOKS): Promise<void> => {
  const context = await browser.newContext({ ...LOOKS[look], userAgent: USER_AGENT });
  const page = await context.newPage();
  const shoot = (name: string) => page.screenshot({ path: join(OUT, `${name}-${look}.png`), fullPage: true });

  await context.route(`${url}/auth/**`, (route) => route.abort());
  await page.goto(url);
  await heading(page, "Not available").waitFor();
  await shoot("unreachable");
  await context.unroute(`${url}/auth/**`);

  await page.getByRole("button", { name: "Try again" }).click();
  await heading(page, "Sign in").waitFor();
  await shoot("sign-in");
  await field(page, "E-mail address").fill(account.email);
  await field(page, "Password").fill("a wrong one");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.locator(".error:not(:empty)").waitFor();
  await shoot("sign-in-rejected");

  await page.getByRole("link", { name: "Create an account" }).click();
  await heading(page, "Create an account").waitFor();
  await shoot("create-account");
  await field(page, "E-mail address").fill(account.email);
  await field(page, "Password").fill("password password");
  await page.getByRole("button", { name: "Show password" }).click();
  await page.getByRole("button", { name: "Create account" }).click();
  await page.locator(".error:not(:empty)").waitFor();
  await shoot("create-account-rejected");

  await page.goto(`${url}/#sign-in`);
  await heading(page, "Sign in").waitFor();
  await field(page, "E-mail address").fill(account.email);
  await field(page, "Password").fill(account.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("This device").waitFor();
  await shoot("devices");

  await page.getByRole("link", { name: "Password", exact: true }).click();
  await heading(page, "Change your password").waitFor();
  await shoot("password");

  await page.goto(`${url}/#devices`);
  await page.getByRole("button", { name: "Sign out all other devices" }).click();
  await page.locator("#notice:not(:empty)").waitFor();
  await shoot("devices-only-this");
  await context.close();
};

/** The operator's page, with the metrics and events of the attack. */
const takeMonitor = async (browser: Browser, url: string, look: keyof typeof LOOKS): Promise<void> => {
  const context = await browser.newContext({ ...LOOKS[look] });
  const page = await context.newPage();
  await page.goto(`${url}/_local`);
  await page.screenshot({ path: join(OUT, `monitor-${look}.png`), fullPage: true });
  await context.close();
};

const service = await startLocal({
  port: 0,
  dataDirectory: undefined,
  controls: true,
  assembly: () =>
    synthesize({ root: ".", context: {}, cacheDirectory: join(".latchkey", "cdk"), onProgress: console.log }),
});
const browser = await launchChromium();
try {
  await rm(OUT, { recursive: true, force: true });
  await mkdir(OUT);
  const account = await createSessionApi(service.url).newAccount();
  const looks = ["light", "dark", "narrow", "narrow-dark"] as const;
  for (const look of looks) {
    await signInElsewhere(service.url, account);
    await takeAll(browser, service.url, account, look);
    await service.advance(3600);
  }
  await attack(service);
  for (const look of looks) await takeMonitor(browser, service.url, look);
  console.log(`Look at ${OUT}/`);
} finally {
  await browser.close();
  await service.stop();
}
