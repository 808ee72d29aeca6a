import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { createBreachLookup } from "../../../shared/passwords/breach-lookup.ts";
import { checkNewPassword } from "../../../shared/passwords/password-policy.ts";

const PASSWORD = "correct horse battery staple";
const DIGEST = createHash("sha1").update(PASSWORD).digest("hex").toUpperCase();

/** Starts a range API on this machine, and creates a lookup that uses it. */
const aRangeApi = async (response: (outgoing: ServerResponse) => unknown, timeoutMs = 20_000) => {
  const asked: IncomingMessage[] = [];
  const failures: unknown[] = [];
  const server = createServer((incoming, outgoing) => {
    asked.push(incoming);
    response(outgoing);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const stop = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  onTestFinished(stop);
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/range/`;
  const isBreached = createBreachLookup({ url, timeoutMs, onFailure: (error) => failures.push(error) });
  return { isBreached, asked, failures, stop };
};

const lines = (...suffixes: string[]) => [`${"0".repeat(35)}:3`, ...suffixes, `${"F".repeat(35)}:0`].join("\r\n");

describe("the lookup of breached passwords", () => {
  it("sends only five digits of the hash", async () => {
    const { isBreached, asked } = await aRangeApi((outgoing) => outgoing.end(lines()));
    await isBreached(PASSWORD);
    expect(asked.map(({ method, url }) => [method, url])).toEqual([["GET", `/range/${DIGEST.slice(0, 5)}`]]);
    expect(asked[0]?.headers).toMatchObject({ "add-padding": "true" });
    expect(JSON.stringify(asked[0]?.rawHeaders)).not.toContain(DIGEST.slice(5));
  });

  it("asks for one hash, however the password is typed", async () => {
    const { isBreached, asked } = await aRangeApi((outgoing) => outgoing.end(lines()));
    const typed = ["Motörhead forever and ever", "Moto\u0308rhead forever\u00a0and ever"];
    for (const password of typed) await isBreached(password);
    const digest = createHash("sha1")
      .update(typed[0] ?? "")
      .digest("hex")
      .toUpperCase();
    expect(asked.map(({ url }) => url)).toEqual([1, 2].map(() => `/range/${digest.slice(0, 5)}`));
  });

  it.each([
    ["is listed", lines(`${DIGEST.slice(5)}:7`), true],
    ["is listed in lower case", lines(`${DIGEST.slice(5).toLowerCase()}:7`), true],
    ["is not listed", lines(), false],
    ["is only a line of padding", lines(`${DIGEST.slice(5)}:0`), false],
    ["is the last line", `${DIGEST.slice(5)}:1`, true],
  ])("knows a password that %s", async (_, range, breached) => {
    const { isBreached, failures } = await aRangeApi((outgoing) => outgoing.end(range));
    expect([await isBreached(PASSWORD), failures]).toEqual([breached, []]);
  });

  it.each<[string, (outgoing: ServerResponse) => unknown]>([
    ["responds with 503", (outgoing) => outgoing.writeHead(503).end()],
    ["redirects", (outgoing) => outgoing.writeHead(302, { Location: "http://127.0.0.1:1/" }).end()],
    ["does not respond", () => {}],
    ["stalls after the headers", (outgoing) => outgoing.writeHead(200).flushHeaders()],
    ["stalls after half a body", (outgoing) => outgoing.write(lines().slice(0, 20))],
    ["hangs up", (outgoing) => outgoing.socket?.destroy()],
  ])("accepts a password and reports the failure if the service %s", async (_, response) => {
    const { isBreached, failures } = await aRangeApi(response, 500);
    expect(await isBreached(PASSWORD)).toBe(false);
    expect(failures).toHaveLength(1);
  });

  it("accepts a password if the service does not exist", async () => {
    const { isBreached, failures, stop } = await aRangeApi(() => {});
    await stop();
    expect(await isBreached(PASSWORD)).toBe(false);
    expect(failures).toHaveLength(1);
  });

  it("is used only for a password that all other rules accept, and its result counts", async () => {
    const asked: string[] = [];
    const isBreached = async (password: string) => asked.push(password) > 0;
    const policy = { minLength: 15, serviceName: "Latchkey", email: "jane@example.com", isBreached };
    expect(await checkNewPassword("short", policy)).toMatchObject({ reason: "too_short" });
    expect(asked).toEqual([]);
    expect(await checkNewPassword(PASSWORD, policy)).toMatchObject({ ok: false, reason: "breached" });
    expect(asked).toEqual([PASSWORD]);
  });
});
