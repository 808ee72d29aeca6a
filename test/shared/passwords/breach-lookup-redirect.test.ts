import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { createBreachLookup } from "../../../shared/passwords/breach-lookup.ts";

const PASSWORD = "correct horse battery staple";
const SUFFIX = createHash("sha1").update(PASSWORD).digest("hex").toUpperCase().slice(5);

const startServer = async (listener: RequestListener): Promise<string> => {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

it("the lookup of breached passwords follows no redirect: no other host learns the range or decides", async () => {
  let askedElsewhere = 0;
  const elsewhere = await startServer((_, outgoing) => {
    askedElsewhere += 1;
    outgoing.end(`${SUFFIX}:7`);
  });
  const rangeApi = await startServer(({ url }, outgoing) => {
    outgoing.writeHead(302, { Location: `${elsewhere}${url}` }).end();
  });
  const failures: unknown[] = [];
  const isBreached = createBreachLookup({
    url: `${rangeApi}/range/`,
    timeoutMs: 20_000,
    onFailure: (error) => failures.push(error),
  });
  expect(await isBreached(PASSWORD)).toBe(false);
  expect([askedElsewhere, failures.length]).toEqual([0, 1]);
});
