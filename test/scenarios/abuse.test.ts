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
  // Twice the default, so that a busy machine is through with a hundred guesses before the first wait is over.
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

/** A new minute, so that no test meets the counts of another. */
const nextMinute = async () => service.advance(60 - ((await service.now()) % 60));
const fifty = <Result>(run: (index: number) => Promise<Result>) =>
  Promise.all(Array.from({ length: 50 }, (_, index) => run(index)));
const wrong = (email: string, index = 0) => ({ email, password: `not the password, ${index}` });

describe("guessing from one address", () => {
  it.each([
    ["an account", async () => (await service.newAccount()).email],
    ["nobody's address", async () => anAccount().email],
    ["what is no address", async () => "not an address"],
  ])("of 50 parallel guesses at %s five are answered and all are counted (B1, B2, L1)", async (_, target) => {
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

  it("is not hidden by headers that anybody may write (B3)", async () => {
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

  it("of two viewers behind one edge of the CDN stops the one who guesses (B3)", async () => {
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
  it("is stopped after ten, and the owner's session and known device go on (B1, B4)", async () => {
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

    // A stranger with the right password is a stranger.
    expect(await guess(service.url, account, { from: "127.0.2.1" })).toMatchObject({ status: 429 });
    expect((await service.me(tokens.access_token)).status).toBe(200);
    expect((await service.refresh(tokens.refresh_token)).status).toBe(200);
    const again = await guess(service.url, { ...account, device_token }, { from: "127.0.2.2" });
    expect(again).toMatchObject({ status: 200, body: { device_token: expect.any(String) } });
  });

  it("goes on one by one, each after a longer wait (B1)", async () => {
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
  it("is guessed at ten times, while the owner's login goes on (P7, B1)", async () => {
    const account = await service.newAccount();
    const { access_token } = getTokens(await service.login(account));
    const change = (password: string, next = "seven other herons") =>
      service.changePassword(access_token, { ...account, password }, next);
    for (let attempt = 0; attempt < 10; attempt++) {
      // A new password that no policy takes is no guess, and lets nobody begin anew.
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
