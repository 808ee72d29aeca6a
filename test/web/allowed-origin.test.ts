import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { build } from "esbuild";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Service, startService } from "../support/service-process.ts";
import { describeInChromium, launchChromium } from "./chromium.ts";
import { aVisitor } from "./visitor.ts";

/**
 * Another port of the service's host: the same site, but another origin. The port is fixed because the origin is a setting of the
 * deployment. The origin is the second of two allowed origins. So the page can read a 401 of the gateway only if the 401 names the origin
 * of the page.
 */
const ALLOWED_PORT = 47811;
const ALLOWED = `http://127.0.0.1:${ALLOWED_PORT}`;

describeInChromium("the client on a page of another origin of the site", () => {
  let service: Service;
  let browser: Browser;
  let script: string;
  const servers: Server[] = [];

  beforeAll(async () => {
    [service, browser] = await Promise.all([
      startService({ settings: { allowedOrigins: `https://first.example,${ALLOWED}` } }),
      launchChromium(),
    ]);
    const { outputFiles } = await build({
      entryPoints: ["client/index.ts"],
      bundle: true,
      write: false,
      format: "iife",
      globalName: "latchkey",
    });
    script = outputFiles[0]?.text ?? "";
  });
  afterAll(async () => {
    await browser?.close();
    for (const server of servers) server.close();
  });

  const openPage = async (port: number): Promise<Page> => {
    const server = createServer((_, outgoing) => {
      outgoing.writeHead(200, { "Content-Type": "text/html" }).end("<!doctype html>");
    });
    servers.push(server);
    await once(server.listen(port, "127.0.0.1"), "listening");
    const { page } = await aVisitor(browser);
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await page.evaluate(script.replace("var latchkey", "window.latchkey"));
    await page.evaluate(`window.client = latchkey.createClient(
      { baseUrl: "${service.url}", transport: "cookie", storage: latchkey.localStorageStorage() }); undefined`);
    return page;
  };

  const run = (page: Page, call: string): Promise<unknown> =>
    page.evaluate(`window.client.${call}.then((value) => value ?? "done", (error) => error.code)`);

  it("signs in, refreshes and signs out if the origin is allowed (C5)", async () => {
    const account = await service.newAccount();
    const page = await openPage(ALLOWED_PORT);
    expect(await run(page, `login(${JSON.stringify(account)})`)).toMatchObject({ email: account.email });
    await service.advance(910);
    expect(await run(page, "me()")).toMatchObject({ email: account.email });
    expect(await run(page, "sessions()")).toMatchObject([{ current: true, transport: "cookie" }]);
    expect(await run(page, "logoutAll({ keepCurrent: true })")).toBe("done");
    expect(await run(page, "logout()")).toBe("done");
    expect(await run(page, "me()")).toBe("invalid_token");
  });

  it("is blocked by the browser if the origin is not allowed (C5)", async () => {
    const account = await service.newAccount();
    const page = await openPage(0);
    expect(await run(page, `login(${JSON.stringify(account)})`)).toBe("network_error");
    expect(await run(page, "me()")).toBe("network_error");
  });
});
