import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import type { Service } from "../support/service-process.ts";
import type { Account } from "../support/session-api.ts";

/** A user with a new browser context. */
export type Visitor = {
  readonly context: BrowserContext;
  readonly page: Page;
  /** The errors in the console: violations of the policy, uncaught errors. */
  readonly complaints: readonly string[];
};

/** Opens a new browser context with one page. */
export const aVisitor = async (browser: Browser, options: BrowserContextOptions = {}): Promise<Visitor> => {
  const context = await browser.newContext(options);
  // The limit is only for a page that hangs. A busy machine must not fail a test.
  context.setDefaultTimeout(120_000);
  const complaints: string[] = [];
  context.on("console", (message) => {
    // The browser itself logs every 4xx response.
    if (message.type() === "error" && !message.text().startsWith("Failed to load")) complaints.push(message.text());
  });
  context.on("weberror", (error) => complaints.push(error.error().message));
  return { context, page: await context.newPage(), complaints };
};

/** Signs in on the page, and waits for the list of devices. */
export const signIn = async (page: Page, url: string, { email, password }: Account): Promise<void> => {
  await page.goto(url);
  await field(page, "E-mail address").fill(email);
  await field(page, "Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await heading(page, "Signed-in devices").waitFor();
  await page.getByText("This device").waitFor();
};

/** A visitor who is signed in to a new account. */
export const aSignedInVisitor = async (
  browser: Browser,
  { url, newAccount }: Pick<Service, "url" | "newAccount">,
): Promise<Visitor & { account: Account }> => {
  const account = await newAccount();
  const visitor = await aVisitor(browser);
  await signIn(visitor.page, url, account);
  return { ...visitor, account };
};

/** The heading of the page. */
export const heading = (page: Page, name: string) => page.getByRole("heading", { level: 1, name });

/** A field by its label. The exact match excludes the button that shows the password. */
export const field = (page: Page, label: string) => page.getByLabel(label, { exact: true });

/** The live region for notices of success. */
export const notice = (page: Page) => page.getByRole("status");
/** The live region for errors. */
export const alert = (page: Page) => page.getByRole("alert");

/** Counts the requests to one path, from all pages of a visitor. */
export const countRequests = (context: BrowserContext, path: string): (() => number) => {
  let count = 0;
  context.on("request", (request) => {
    if (new URL(request.url()).pathname === path) count++;
  });
  return () => count;
};
