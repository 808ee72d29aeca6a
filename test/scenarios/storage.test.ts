import { beforeAll, expect, it } from "vitest";
import { describeWithOwnService } from "../support/deployed-stack.ts";
import { type Service, startService } from "../support/service-process.ts";
import type { Account, Tokens } from "../support/session-api.ts";
import { startEngine, type Table } from "./support/engine.ts";
import { expectNoRefresh } from "./support/expectations.ts";

const describe = describeWithOwnService("reads the tables of the service");

const DAY = 86_400;
const KEY = "made-by-the-client-1";

let service: Service;
let account: Account;
let now: number;
let tables: Record<"users" | "sessions" | "throttle" | "keys", Table>;
/** The tokens of each session, by its later state. */
let opened: Record<"live" | "refreshed" | "loggedOut" | "stolen" | "revoked", Tokens>;
let successor: Tokens;

const getRow = (tokens: Tokens): Readonly<Record<string, unknown>> => {
  const row = tables.sessions.rows.find(({ sessionId }) => sessionId === tokens.session_id);
  if (row === undefined) throw new Error("The session has no row");
  return row;
};

/** The time at which TTL may delete the row, in epoch seconds, from the attribute that the template names. */
const goesAt = ({ timeToLiveAttribute }: Table, row: Readonly<Record<string, unknown>>): unknown =>
  row[timeToLiveAttribute ?? "no attribute is named"];

beforeAll(async () => {
  const engine = await startEngine();
  service = await startService({ dynamoDbEndpoint: engine.url });
  account = await service.newAccount();
  const signIn = () => service.signIn(account);
  opened = {
    live: await signIn(),
    refreshed: await signIn(),
    loggedOut: await signIn(),
    stolen: await signIn(),
    revoked: await signIn(),
  };
  await service.advance(DAY);
  successor = await service.rotate(opened.refreshed, KEY);
  await service.logout(opened.loggedOut.refresh_token);
  await service.rotate(await service.rotate(opened.stolen));
  await expectNoRefresh(service, opened.stolen);
  await service.call("DELETE", `/auth/sessions/${opened.revoked.session_id}`, { bearer: successor.access_token });
  // These requests create throttle counters: a wrong password, an unknown account and a taken address.
  await service.login({ ...account, password: "not the password at all" });
  await service.login({ email: "nobody@example.com", password: "not the password at all" });
  await service.register(account);
  now = await service.now();
  tables = {
    users: await engine.read("Users"),
    sessions: await engine.read("Sessions"),
    throttle: await engine.read("Throttle"),
    keys: await engine.read("Keys"),
  };
});

describe("the TTL attribute of the template", () => {
  it("is in every session row, live or revoked, in seconds (S2)", () => {
    expect(tables.sessions.rows).toHaveLength(5);
    for (const row of tables.sessions.rows) {
      const end = goesAt(tables.sessions, row);
      expect(end).toSatisfy(Number.isInteger);
      expect(Number(end)).toBeGreaterThan(now);
      expect(Number(end)).toBeLessThanOrEqual(now + 7 * DAY);
    }
  });

  it("is seven days after the last refresh of a live session (S2)", () => {
    const [before, after] = [getRow(opened.live), getRow(opened.refreshed)].map((row) => goesAt(tables.sessions, row));
    expect(Math.round((Number(after) - Number(before)) / DAY)).toBe(1);
  });

  it.each(["loggedOut", "stolen", "revoked"] as const)(
    "keeps a revoked session until the last of its tokens has expired: %s (R9, O2)",
    (fate) => {
      const row = getRow(opened[fate]);
      expect(Number(row["revokedAt"])).toBeLessThanOrEqual(now);
      expect(goesAt(tables.sessions, row)).toBe(Number(row["refreshIssuedAt"]) + 7 * DAY);
    },
  );

  it("is in every throttle counter, in seconds", () => {
    expect(tables.throttle.rows.length).toBeGreaterThan(3);
    for (const row of tables.throttle.rows) {
      const end = goesAt(tables.throttle, row);
      expect(end).toSatisfy(Number.isInteger);
      // Counters of the previous day have passed their time. TTL deletes late.
      expect(Number(end)).toBeGreaterThan(now - DAY - 300);
      expect(Number(end)).toBeLessThan(now + 60 * DAY);
    }
  });

  it("is in no account, no claim to an address and no key", () => {
    expect(tables.users.rows.map(({ pk }) => String(pk).split("#")[0]).sort()).toEqual(["EMAIL", "USER"]);
    expect(tables.keys.rows).toHaveLength(1);
    for (const table of [tables.users, tables.keys]) {
      for (const row of table.rows) expect(goesAt(table, row)).toBeUndefined();
    }
  });
});

describe("a dump of all tables", () => {
  it("holds no token, no password, no Idempotency-Key and no private key (S1)", () => {
    const dump = JSON.stringify(tables);
    const held = [...Object.values(opened), successor];
    const signatures = held.flatMap(({ access_token, refresh_token }) => [
      access_token.split(".")[2] ?? "",
      refresh_token.split(".")[2] ?? "",
    ]);
    for (const secret of [...signatures, account.password, KEY]) {
      expect(secret.length).toBeGreaterThan(10);
      expect(dump).not.toContain(secret);
    }
    // The members of private and symmetric JWKs (RFC 7518 6.3.2, 6.4).
    for (const member of ["d", "p", "q", "dp", "dq", "qi", "k", "secret", "rootSecret", "privateJwk"]) {
      expect(dump).not.toContain(`"${member}":`);
    }
  });

  it("holds an address in clear text only in the row of its account (S1)", () => {
    const { users: _, ...others } = tables;
    expect(JSON.stringify(others)).not.toContain(account.email);
  });
});
