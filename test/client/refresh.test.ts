import { beforeEach, describe, expect } from "vitest";
import { memoryStorage, type SessionStorage } from "../../client/index.ts";
import { it } from "../support/it.ts";
import { aSeededRandom, type SeededRandom } from "../support/seeded-random.ts";
import type { Service } from "../support/service-process.ts";
import type { Account } from "../support/session-api.ts";
import { busy, cutOff, held, respondedBy, responseLost, unreachable } from "./network.ts";
import { ACCESS_TOKEN_LIFE, aClient, stored } from "./support.ts";

const HOUR = 3600;

let service: Service;
let account: Account;

it.beforeAll(async ({ service: started }) => {
  service = started;
  account = await service.newAccount();
});
// Each test logs in. The clock moves on, so that the limit of logins in a minute does not apply.
beforeEach(() => service.advance(61));

const signedIn = async (options: Parameters<typeof aClient>[1] = {}) => {
  const client = aClient(service.url, options);
  await client.login(account);
  return client;
};

/** A client of a new account, for tests that change the password. */
const newlySignedIn = async (options: Parameters<typeof aClient>[1] = {}) => {
  const client = aClient(service.url, options);
  const own = await service.newAccount();
  await client.login(own);
  return { client, change: { currentPassword: own.password, newPassword: "nine patient otters" } };
};

describe("a request with an expired access token", () => {
  it("is repeated with the next token", async () => {
    const client = await signedIn();
    const before = await stored(client.storage);
    await service.advance(ACCESS_TOKEN_LIFE);
    expect(await client.me()).toMatchObject({ email: account.email });
    expect((await stored(client.storage))["refresh_token"]).not.toBe(before["refresh_token"]);
    expect(client.network.to("/auth/me").length).toBe(2);
  });

  it("shares one refresh with all other requests", async () => {
    const client = await signedIn();
    await service.advance(ACCESS_TOKEN_LIFE);
    const responses = await Promise.all(Array.from({ length: 20 }, () => client.fetch("/auth/me")));
    expect(responses.map(({ status }) => status)).toEqual(Array(20).fill(200));
    expect(client.network.to("/auth/refresh").length).toBe(1);
  });

  it("that is rejected again returns the 401, and the session is kept", async () => {
    const client = await signedIn();
    const unauthorized = respondedBy(401, JSON.stringify({ message: "Unauthorized" }));
    client.network.spoil("/auth/me", unauthorized, unauthorized);
    expect((await client.fetch("/auth/me")).status).toBe(401);
    expect(client.network.to("/auth/refresh").length).toBe(1);
    expect(await client.isSignedIn()).toBe(true);
  });
});

describe("a lost response (promise 2)", () => {
  it("is followed by a retry with the same token and the same key (R5)", async () => {
    const client = await signedIn();
    await service.advance(ACCESS_TOKEN_LIFE);
    client.network.spoil("/auth/refresh", responseLost, cutOff);
    expect(await client.refresh()).toBe(true);
    const tries = client.network.to("/auth/refresh");
    expect(tries.length).toBe(3);
    expect(new Set(tries.map(({ body }) => body)).size).toBe(1);
    expect(new Set(tries.map(({ headers }) => headers.get("Idempotency-Key"))).size).toBe(1);
    expect(await client.me()).toMatchObject({ email: account.email });
  });

  it("does not revoke the session if another process retries an hour later (R5)", async () => {
    const client = await signedIn();
    client.network.spoil("/auth/refresh", responseLost, unreachable, unreachable, unreachable);
    await expect(client.refresh()).rejects.toMatchObject({ code: "network_error", status: 0 });
    await service.advance(HOUR);
    const another = aClient(service.url, { storage: client.storage });
    expect(await another.me()).toMatchObject({ email: account.email });
    expect(another.network.to("/auth/refresh")[0]?.headers.get("Idempotency-Key")).toBe(
      client.network.to("/auth/refresh")[0]?.headers.get("Idempotency-Key"),
    );
  });

  it("revokes the session if the retry has another key (R3)", async () => {
    const client = await signedIn();
    client.network.spoil("/auth/refresh", responseLost, unreachable, unreachable, unreachable);
    await expect(client.refresh()).rejects.toThrow();
    await service.advance(HOUR);
    const session = await stored(client.storage);
    await client.storage.set(JSON.stringify({ ...session, idempotency_key: "0123456789abcdef" }));
    expect(await client.refresh()).toBe(false);
  });

  it("cannot separate a token from its key: both are stored in one write, and each token has its own key", async () => {
    const kept = memoryStorage();
    const writes: Record<string, string>[] = [];
    const storage: SessionStorage = {
      get: kept.get,
      set: async (value) => {
        if (value !== undefined) writes.push(JSON.parse(value));
        await kept.set(value);
      },
    };
    const { client, change } = await newlySignedIn({ storage });
    await client.refresh();
    await client.changePassword(change);
    expect(writes.length).toBe(3);
    for (const part of ["refresh_token", "access_token", "idempotency_key"]) {
      expect(new Set(writes.map((write) => write[part])).size).toBe(3);
    }
    for (const write of writes) expect(write["idempotency_key"]).toMatch(/^[0-9a-f]{32}$/);
  });

  it("of a password change keeps the session: the key proves the retry an hour later (P7, R5)", async () => {
    const { client, change } = await newlySignedIn();
    client.network.spoil("/auth/password", responseLost, unreachable, unreachable, unreachable);
    await expect(client.changePassword(change)).rejects.toMatchObject({ code: "network_error" });
    await service.advance(HOUR);
    expect((await client.fetch("/auth/me")).status).toBe(200);
  });

  it("of a password change is followed by an automatic retry (P7)", async () => {
    const { client, change } = await newlySignedIn();
    client.network.spoil("/auth/password", responseLost);
    await client.changePassword(change);
    // The change made the access token invalid, so the retry needs a refresh.
    expect(client.network.to("/auth/password").length).toBe(3);
    expect(client.network.to("/auth/refresh").length).toBe(1);
    expect(await client.refresh()).toBe(true);
  });

  it("of a password change during which the session was revoked signs the client out, without an error (P7)", async () => {
    const { client, change } = await newlySignedIn();
    const { refresh_token } = await stored(client.storage);
    client.network.spoil("/auth/password", async () => {
      await service.logout(refresh_token ?? "");
      return new Response(null, { status: 204 });
    });
    await client.changePassword(change);
    expect(await client.isSignedIn()).toBe(false);
    expect(client.signedOut()).toBe(1);
  });

  it("of a password change after a refresh keeps the session too (P7, R5)", async () => {
    const { client, change } = await newlySignedIn();
    await service.advance(ACCESS_TOKEN_LIFE);
    client.network.spoil(
      "/auth/password",
      ...[(send: () => Promise<Response>) => send(), responseLost, unreachable, unreachable, unreachable],
    );
    await expect(client.changePassword(change)).rejects.toMatchObject({ code: "network_error" });
    await service.advance(HOUR);
    expect((await client.fetch("/auth/me")).status).toBe(200);
  });
});

describe("processes that share a store", () => {
  it("a process that finds a newer token uses that token and does not refresh", async () => {
    const one = await signedIn();
    const other = aClient(service.url, { storage: one.storage });
    await service.advance(ACCESS_TOKEN_LIFE);
    const late = held();
    other.network.spoil("/auth/me", late.fault);
    const response = other.fetch("/auth/me");
    await late.responded;
    await one.refresh();
    late.release();
    expect((await response).status).toBe(200);
    expect(other.network.to("/auth/refresh").length).toBe(0);
  });

  it("a process that wakes with an old response does not overwrite newer tokens", async () => {
    const one = await signedIn();
    const sleeper = aClient(service.url, { storage: one.storage });
    const late = held();
    sleeper.network.spoil("/auth/refresh", late.fault);
    const woken = sleeper.refresh();
    await late.responded;
    await one.refresh();
    await one.refresh();
    const newest = await stored(one.storage);
    late.release();
    expect(await woken).toBe(true);
    expect(await stored(one.storage)).toEqual(newest);
    await service.advance(HOUR);
    expect(await sleeper.me()).toMatchObject({ email: account.email });
  });

  it("a process that wakes after the sign-out stays signed out", async () => {
    const one = await signedIn();
    const sleeper = aClient(service.url, { storage: one.storage });
    const late = held();
    sleeper.network.spoil("/auth/refresh", late.fault);
    const woken = sleeper.refresh();
    await late.responded;
    await one.logout();
    late.release();
    expect(await woken).toBe(false);
    expect(await sleeper.isSignedIn()).toBe(false);
    expect(sleeper.signedOut()).toBe(0);
  });

  it("a process that signs out while it stores new tokens stays signed out", async () => {
    const inner = memoryStorage();
    const late = held();
    let isSlow = false;
    const one = await signedIn({
      storage: {
        get: inner.get,
        set: async (value) => {
          if (isSlow) await late.fault(async () => new Response());
          await inner.set(value);
        },
      },
    });
    isSlow = true;
    const refreshed = one.refresh();
    await late.responded;
    isSlow = false;
    const signedOut = one.logout();
    late.release();
    await Promise.all([refreshed, signedOut]);
    expect(await one.isSignedIn()).toBe(false);
    expect(one.signedOut()).toBe(0);
  });

  it("refresh once between them with a lock", async () => {
    let last: Promise<unknown> = Promise.resolve();
    const lock: SessionStorage["lock"] = (run) => {
      const result = last.then(run);
      last = result;
      return result;
    };
    const one = await signedIn({ storage: { ...memoryStorage(), lock } });
    const other = aClient(service.url, { storage: one.storage });
    await service.advance(ACCESS_TOKEN_LIFE);
    await Promise.all([one.me(), other.me(), one.me(), other.me()]);
    expect([...one.network.to("/auth/refresh"), ...other.network.to("/auth/refresh")].length).toBe(1);
  });

  it("all stay signed in without a lock, with a slow store and a bad network (R4)", async () => {
    const first = await signedIn();
    const random = aSeededRandom();
    const aSlowStorage = (own: SeededRandom): SessionStorage => {
      const waitSomeTurns = async () => {
        for (let turns = own.below(4); turns > 0; turns--) await new Promise(setImmediate);
      };
      return {
        get: async () => {
          await waitSomeTurns();
          return first.storage.get();
        },
        set: async (value) => {
          await waitSomeTurns();
          return first.storage.set(value);
        },
      };
    };
    for (let round = 0; round < 20; round++) {
      await service.advance(ACCESS_TOKEN_LIFE);
      const processes = Array.from({ length: 4 }, () => aClient(service.url, { storage: aSlowStorage(random.fork()) }));
      for (const { network } of processes) {
        if (random.chance(0.4)) network.spoil("/auth/refresh", random.chance(0.5) ? responseLost : busy());
      }
      const users = await Promise.all(processes.map((process) => process.me()));
      expect(users.map(({ email }) => email)).toEqual(Array(4).fill(account.email));
    }
  });
});

describe("a service that does not respond as expected", () => {
  it("gets the request again after the time in Retry-After, and the session is kept (S3)", async () => {
    const client = await signedIn();
    client.network.spoil("/auth/refresh", busy(7), busy());
    expect(await client.refresh()).toBe(true);
    expect(client.pauses[0]).toBe(7000);
    expect(client.pauses[1]).toBeGreaterThan(0);
    expect(client.network.to("/auth/refresh").length).toBe(3);
  });

  it.each([
    ["responds 503 each time", busy(), "temporarily_unavailable"],
    ["cannot be reached", unreachable, "network_error"],
    ["is behind a proxy that fails", respondedBy(502, "<h1>Bad gateway</h1>"), "unexpected_response"],
  ])("that %s gets four requests, and the session is kept", async (_, fault, code) => {
    const client = await signedIn();
    const before = await client.storage.get();
    client.network.spoil("/auth/refresh", fault, fault, fault, fault);
    await expect(client.refresh()).rejects.toMatchObject({ name: "ApiError", code });
    expect(client.network.to("/auth/refresh").length).toBe(4);
    expect(await client.storage.get()).toBe(before);
    expect(client.signedOut()).toBe(0);
    expect(await client.refresh()).toBe(true);
  });

  it.each([
    ["a captive portal", respondedBy(200, "<h1>Welcome to the hotel</h1>"), 200],
    ["a proxy that responds 401", respondedBy(401, "<h1>Who are you?</h1>"), 401],
    ["a firewall that responds 403", respondedBy(403, "<h1>No</h1>"), 403],
  ])("because of %s does not sign the user out", async (_, fault, status) => {
    const client = await signedIn();
    client.network.spoil("/auth/refresh", fault);
    await expect(client.refresh()).rejects.toMatchObject({ code: "unexpected_response", status });
    expect(client.signedOut()).toBe(0);
    expect(await client.refresh()).toBe(true);
  });

  it("gets one series of tries for all callers that wait", async () => {
    const client = await signedIn();
    client.network.spoil("/auth/refresh", busy(), busy(), busy(), busy());
    const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => client.refresh()));
    expect(outcomes.map(({ status }) => status)).toEqual(Array(5).fill("rejected"));
    expect(client.network.to("/auth/refresh").length).toBe(4);
    expect(await client.refresh()).toBe(true);
  });

  it("that asks for a long wait gets no retry: the caller gets the number of seconds", async () => {
    const client = await signedIn();
    client.network.spoil("/auth/refresh", busy(600));
    await expect(client.refresh()).rejects.toMatchObject({ retryAfterSeconds: 600, requestId: "r-1" });
    expect(client.pauses).toEqual([]);
  });
});

describe("a session that is over", () => {
  it("is reported once, and no token is kept (R7)", async () => {
    const client = await signedIn();
    await service.advance(8 * 24 * HOUR);
    const responses = await Promise.all([client.fetch("/auth/me"), client.fetch("/auth/me"), client.fetch("/auth/me")]);
    expect(responses.map(({ status }) => status)).toEqual([401, 401, 401]);
    expect(client.signedOut()).toBe(1);
    expect(Object.keys(await stored(client.storage))).toEqual(["device_token"]);
    await expect(client.me()).rejects.toMatchObject({ status: 401, code: "invalid_token" });
    expect(client.signedOut()).toBe(1);
  });

  it("does not affect a session that the user opened since", async () => {
    const client = await signedIn();
    const sleeper = aClient(service.url, { storage: client.storage });
    await client.logoutAll({ keepCurrent: false });
    await client.login(account);
    const late = held();
    sleeper.network.spoil("/auth/refresh", late.fault);
    await service.advance(8 * 24 * HOUR);
    const woken = sleeper.refresh();
    await late.responded;
    await client.login(account);
    late.release();
    expect(await woken).toBe(true);
    expect(sleeper.signedOut()).toBe(0);
    expect(await client.me()).toMatchObject({ email: account.email });
  });
});
