import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { describeWithOwnService } from "../support/deployed-stack.ts";
import { type Service, startService } from "../support/service-process.ts";
import { anAccount, getTokens } from "../support/session-api.ts";
import { guess, tally } from "./support/guesses.ts";

const describe = describeWithOwnService("sends logins from many addresses and moves the clock");

let service: Service;
let originSecret: string;
const FIRST_WAIT = 60;
const dataDirectory = mkdtempSync(join(tmpdir(), "latchkey-abuse-"));

beforeAll(async () => {
  // Twice the default, so that a busy machine sends a hundred guesses before the first delay has passed.
  service = await startService({ dataDirectory, settings: { initialBackoffSeconds: FIRST_WAIT } });
  const secrets: Record<string, { name: string; versions: Record<string, { secretString: string }> }> = JSON.parse(
    readFileSync(join(dataDirectory, "secrets.json"), "utf8"),
  );
  const [secret] = Object.values(secrets).filter(({ name }) => name.includes("OriginSecret"));
  originSecret = Object.values(secret?.versions ?? {})[0]?.secretString ?? "";
});
afterAll(async () => {
  await service.stop();
  rmSync(dataDirectory, { recursive: true });
});

/** Moves the clock to the next minute, so that the counts of earlier tests do not apply. */
const nextMinute = async () => service.advance(60 - ((await service.now()) % 60));
const fifty = <Result>(run: (index: number) => Promise<Result>) =>
  Promise.all(Array.from({ length: 50 }, (_, index) => run(index)));
const wrong = (email: string, index = 0) => ({ email, password: `not the password, ${index}` });

describe("guessing from one address", () => {
  it.each([
    ["an account", async () => (await service.newAccount()).email],
    ["an address without an account", async () => anAccount().email],
    ["a text that is not an address", async () => "not an address"],
  ])("checks five of 50 parallel guesses at %s and counts all (B1, B2, L1)", async (_, target) => {
    const email = await target();
    await nextMinute();
    const responses = await fifty((index) => guess(service.url, wrong(email, index)));
    expect(tally(responses)).toEqual({ 401: 5, 429: 45 });
    for (const { status, retryAfter, body } of responses) {
      expect(body["error"]).toBe(status === 401 ? "invalid_credentials" : "too_many_requests");
      if (status === 429) expect(retryAfter).toBeGreaterThan(0);
      if (status === 429) expect(retryAfter).toBeLessThanOrEqual(60);
    }
    await service.advance(60);
    expect(await guess(service.url, wrong(email))).toMatchObject({ status: 401 });
  });

  it("is counted for the address of the connection, whatever the headers of the client say (B3)", async () => {
    const { email } = await service.newAccount();
    await nextMinute();
    const responses = await fifty((index) =>
      guess(service.url, wrong(email, index), {
        headers: {
          "X-Forwarded-For": `198.51.100.${index}`,
          "X-Real-IP": `198.51.100.${index}`,
          Forwarded: `for=198.51.100.${index}`,
          "CloudFront-Viewer-Address": `198.51.100.${index}:443`,
          "X-Latchkey-Origin-Secret": index % 2 === 0 ? "guessed" : "",
        },
      }),
    );
    expect(tally(responses)).toEqual({ 401: 5, 429: 45 });
  });

  it("blocks only the viewer who guesses, of two viewers behind one edge of the CDN (B3)", async () => {
    const account = await service.newAccount();
    await nextMinute();
    const through = (viewer: string) => ({
      headers: { "X-Latchkey-Origin-Secret": originSecret, "CloudFront-Viewer-Address": `${viewer}:46532` },
    });
    const guesses = [];
    for (let index = 0; index < 7; index++) {
      guesses.push(await guess(service.url, wrong(account.email, index), through("198.51.100.10")));
    }
    expect(tally(guesses)).toEqual({ 401: 5, 429: 2 });
    expect(await guess(service.url, account, through("198.51.100.10"))).toMatchObject({ status: 429 });
    expect(await guess(service.url, account, through("2001:db8::10"))).toMatchObject({ status: 200 });
  });
});

describe("guessing from 101 addresses", () => {
  it("is blocked after ten guesses, while the owner's session and known device work (B1, B4)", async () => {
    const account = await service.newAccount();
    const login = await service.login(account);
    const tokens = getTokens(login);
    const { device_token } = login.body as { device_token: string };
    await nextMinute();

    const responses = await Promise.all(
      Array.from({ length: 101 }, (_, index) =>
        guess(service.url, wrong(account.email, index), { from: `127.0.1.${index + 1}` }),
      ),
    );
    expect(tally(responses)).toEqual({ 401: 10, 429: 91 });
    for (const { status, retryAfter } of responses)
      if (status === 429) expect(retryAfter).toBeLessThanOrEqual(FIRST_WAIT);

    // An unknown device is blocked even with the right password.
    expect(await guess(service.url, account, { from: "127.0.2.1" })).toMatchObject({ status: 429 });
    expect((await service.me(tokens.access_token)).status).toBe(200);
    expect((await service.refresh(tokens.refresh_token)).status).toBe(200);
    const again = await guess(service.url, { ...account, device_token }, { from: "127.0.2.2" });
    expect(again).toMatchObject({ status: 200, body: { device_token: expect.any(String) } });
  });

  it("is allowed one guess at a time, each after a longer delay (B1)", async () => {
    const { email } = await service.newAccount();
    await nextMinute();
    const from = (index: number) => ({ from: `127.0.3.${index + 1}` });
    await Promise.all(Array.from({ length: 10 }, (_, index) => guess(service.url, wrong(email, index), from(index))));
    for (const [index, wait] of [1, 2, 4, 8].map((times) => times * FIRST_WAIT).entries()) {
      const { status, retryAfter = 0 } = await guess(service.url, wrong(email), from(20 + index));
      expect(status).toBe(429);
      expect(retryAfter).toBeGreaterThan(wait / 2);
      expect(retryAfter).toBeLessThanOrEqual(wait);
      await service.advance(wait);
      expect(await guess(service.url, wrong(email), from(30 + index))).toMatchObject({ status: 401 });
    }
  });

  it("does not count against another account's device (B4)", async () => {
    const [mine, other] = [await service.newAccount(), await service.newAccount()];
    const { device_token } = (await service.login(other)).body as { device_token: string };
    await nextMinute();
    const responses = [];
    for (let index = 0; index < 7; index++) {
      responses.push(await guess(service.url, { ...wrong(mine.email, index), device_token }));
    }
    expect(tally(responses)).toEqual({ 401: 5, 429: 2 });
  });
});

describe("a password change", () => {
  it("allows ten wrong passwords, while the owner can log in (P7, B1)", async () => {
    const account = await service.newAccount();
    const { access_token } = getTokens(await service.login(account));
    const change = (password: string, next = "seven other herons") =>
      service.changePassword(access_token, { ...account, password }, next);
    for (let attempt = 0; attempt < 10; attempt++) {
      // A new password that the policy rejects does not count as a guess and does not reset the count.
      expect((await change("wrong", "short")).status).toBe(400);
      expect((await change("wrong")).status).toBe(403);
    }
    const rejected = await change(account.password);
    expect([rejected.status, rejected.headers.get("retry-after")]).toEqual([429, expect.stringMatching(/^\d+$/)]);
    expect((await service.login(account)).status).toBe(200);
    await service.advance(FIRST_WAIT);
    expect((await change(account.password)).status).toBe(200);
  });
});
