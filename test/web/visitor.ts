import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import type { Service } from "../support/service-process.ts";
import type { Account } from "../support/session-api.ts";

/** Somebody with a browser of their own. */
export type Visitor = {
  readonly context: BrowserContext;
  readonly page: Page;
  /** What the pages complained about in the console: broken policies, uncaught errors. */
  readonly complaints: readonly string[];
};

export const aVisitor = async (browser: Browser, options: BrowserContextOptions = {}): Promise<Visitor> => {
  const context = await browser.newContext(options);
  // Only against a page that never gets there: a busy machine must not fail a test.
  context.setDefaultTimeout(120_000);
  const complaints: string[] = [];
  context.on("console", (message) => {
    // The browser itself notes every 4xx.
    if (message.type() === "error" && !message.text().startsWith("Failed to load")) complaints.push(message.text());
  });
  context.on("weberror", (error) => complaints.push(error.error().message));
  return { context, page: await context.newPage(), complaints };
};

export const signIn = async (page: Page, url: string, { email, password }: Account): Promise<void> => {
  await page.goto(url);
  await field(page, "E-mail address").fill(email);
  await field(page, "Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await heading(page, "Signed-in devices").waitFor();
  await page.getByText("This device").waitFor();
};

/** A visitor who has just signed in to a new account. */
export const aSignedInVisitor = async (
  browser: Browser,
  { url, newAccount }: Pick<Service, "url" | "newAccount">,
): Promise<Visitor & { account: Account }> => {
  const account = await newAccount();
  const visitor = await aVisitor(browser);
  await signIn(visitor.page, url, account);
  return { ...visitor, account };
};

export const heading = (page: Page, name: string) => page.getByRole("heading", { level: 1, name });

/** Not the button that shows what is in it. */
export const field = (page: Page, label: string) => page.getByLabel(label, { exact: true });

/** The live region that says what was done, and the one that says what went wrong. */
export const notice = (page: Page) => page.getByRole("status");
export const alert = (page: Page) => page.getByRole("alert");

/** Requests to one path, from all pages of a visitor. */
export const countRequests = (context: BrowserContext, path: string): (() => number) => {
  let count = 0;
  context.on("request", (request) => {
    if (new URL(request.url()).pathname === path) count++;
  });
  return () => count;
};
