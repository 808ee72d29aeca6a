import { beforeAll, expect, it } from "vitest";
import { describeWithOwnService } from "../support/deployed-stack.ts";
import { type Service, startService } from "../support/service-process.ts";
import { type Account, anAccount, type Tokens } from "../support/session-api.ts";
import { guess } from "./support/guesses.ts";

const describe = describeWithOwnService("counts DynamoDB calls");

/** Counts the DynamoDB calls of a request, by function. Requests do not overlap, so each function has one execution environment. */
const getCost = async (service: Service, request: () => Promise<{ readonly status: number }>, status: number) => {
  await service.resetDynamoDbCalls();
  expect(await request()).toMatchObject({ status });
  return service.dynamoDbCalls();
};

/** Calls each function once, so that it has read its keys. A function reads its keys again after a minute at the earliest. */
const warmUp = async (service: Service): Promise<Account> => {
  const account = await service.newAccount();
  const tokens = await service.rotate(await service.signIn(account));
  await service.me(tokens.access_token);
  await service.sessions(tokens.access_token);
  await service.logout(tokens.refresh_token);
  return account;
};

describe("DynamoDB calls with revocation by lookup", () => {
  const lookup = { "authorizer-lookup": { GetItem: 1 } };
  let service: Service;
  let account: Account;
  let tokens: Tokens;

  beforeAll(async () => {
    service = await startService();
    account = await warmUp(service);
    tokens = await service.signIn(account);
  });

  it("are two reads and two writes for a login, besides the session limit and the throttle", async () => {
    // GetItem: the claim to the address, the account, and the account again after the write of the session.
    expect(await getCost(service, () => service.login(account), 200)).toEqual({
      login: { GetItem: 3, PutItem: 1, Query: 1, UpdateItem: 7 },
    });
  });

  it("are the same for a wrong password, an unknown address and a text that is no address (L5)", async () => {
    const password = "not the password";
    const unknown = `nobody-${account.email}`;
    for (const email of [account.email, unknown, "no address", ""]) {
      const login = () => service.login({ email, password });
      expect({ email, ...(await getCost(service, login, 401)) }).toEqual({
        email,
        login: { GetItem: 2, UpdateItem: 3 },
      });
    }
  });

  it("are two more reads and fewer throttle writes for a login with a device token", async () => {
    const { device_token } = (await service.login(account)).body as { device_token: string };
    const known = () => guess(service.url, { ...account, device_token });
    expect(await getCost(service, known, 200)).toEqual({ login: { GetItem: 5, PutItem: 1, Query: 1, UpdateItem: 4 } });
    const forged = () => guess(service.url, { ...account, device_token: "forged" });
    expect(await getCost(service, forged, 200)).toEqual({ login: { GetItem: 3, PutItem: 1, Query: 1, UpdateItem: 7 } });
  });

  it("are one read and two writes for a registration, besides the throttle", async () => {
    expect(await getCost(service, () => service.register(anAccount()), 201)).toEqual({
      register: { GetItem: 1, PutItem: 2, UpdateItem: 3 },
    });
  });

  it("are one write and one read for a refresh, also for a replay", async () => {
    const { refresh_token } = await service.signIn(account);
    const refresh = () => service.refresh(refresh_token);
    expect(await getCost(service, refresh, 200)).toEqual({ refresh: { UpdateItem: 1, GetItem: 1 } });
    expect(await getCost(service, refresh, 200)).toEqual({ refresh: { UpdateItem: 1, GetItem: 1 } });
    expect(await getCost(service, () => service.refresh("forged"), 401)).toEqual({});
  });

  it("are one write for a logout", async () => {
    const { refresh_token } = await service.signIn(account);
    expect(await getCost(service, () => service.logout(refresh_token), 204)).toEqual({ logout: { UpdateItem: 1 } });
    expect(await getCost(service, () => service.logout("forged"), 204)).toEqual({});
  });

  it("are one read for the authorizer, and none for a forged token", async () => {
    expect(await getCost(service, () => service.me(tokens.access_token), 200)).toEqual({
      ...lookup,
      me: { GetItem: 1 },
    });
    expect(await getCost(service, () => service.me("a.b.c"), 401)).toEqual({});
  });

  it("are one query to list sessions, and one write to revoke one", async () => {
    const bearer = tokens.access_token;
    const end = (id: string) => () => service.call("DELETE", `/auth/sessions/${id}`, { bearer });
    const other = await service.signIn(account);
    expect(await getCost(service, () => service.call("GET", "/auth/sessions", { bearer }), 200)).toEqual({
      ...lookup,
      sessions: { Query: 1 },
    });
    expect(await getCost(service, end(other.session_id), 204)).toEqual({ ...lookup, sessions: { UpdateItem: 1 } });
    expect(await getCost(service, end("nobodys"), 404)).toEqual({ ...lookup, sessions: { UpdateItem: 1, GetItem: 1 } });
  });

  it("are one query for a logout-all, one write for the device tokens and one write for each session", async () => {
    const other = await service.newAccount();
    const tokens = [await service.signIn(other), await service.signIn(other), await service.signIn(other)];
    const logoutAll = () => service.call("POST", "/auth/logout-all", { bearer: tokens[0]?.access_token, body: {} });
    expect(await getCost(service, logoutAll, 204)).toEqual({ ...lookup, sessions: { Query: 1, UpdateItem: 4 } });
  });

  it("are none for the health check, and none for keys that were just read", async () => {
    expect(await getCost(service, () => service.call("GET", "/health"), 200)).toEqual({});
    await service.call("GET", "/.well-known/jwks.json");
    expect(await getCost(service, () => service.call("GET", "/.well-known/jwks.json"), 200)).toEqual({});
  });
});

describe("DynamoDB calls of a stateless authorizer", () => {
  let service: Service;
  let account: Account;

  beforeAll(async () => {
    service = await startService({ settings: { revocationMode: "stateless" } });
    account = await warmUp(service);
  });

  it("are none", async () => {
    const { access_token } = await service.signIn(account);
    for (const _ of [1, 2, 3]) {
      expect(await getCost(service, () => service.me(access_token), 200)).toEqual({ me: { GetItem: 1 } });
    }
  });
});

describe("DynamoDB calls of an authorizer that reads the feed", () => {
  let service: Service;
  let account: Account;

  beforeAll(async () => {
    service = await startService({ settings: { revocationMode: "feed" } });
    account = await warmUp(service);
  });

  it("are one query in five seconds and one read of the keys in a minute, for any number of requests", async () => {
    const { access_token } = await service.signIn(account);
    await service.advance(60);
    await service.resetDynamoDbCalls();
    const from = await service.now();
    for (let step = 0; step < 12; step++) {
      for (let request = 0; request < 20; request++) {
        expect(await service.me(access_token)).toMatchObject({ status: 200 });
      }
      await service.advance(5);
    }
    // A minute of the service's clock. A slow machine adds real time.
    const seconds = (await service.now()) - from;
    const { "authorizer-feed": authorizer, ...others } = await service.dynamoDbCalls();
    expect(authorizer).toEqual({ Query: expect.any(Number), GetItem: expect.any(Number) });
    expect(authorizer?.["Query"]).toBeGreaterThanOrEqual(12);
    expect(authorizer?.["Query"]).toBeLessThanOrEqual(Math.floor(seconds / 5));
    expect(authorizer?.["GetItem"]).toBeLessThanOrEqual(Math.ceil(seconds / 60));
    expect(others).toEqual({ me: { GetItem: 240 } });
  });
});
