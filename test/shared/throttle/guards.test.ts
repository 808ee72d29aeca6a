import { beforeEach, describe, expect } from "vitest";
import type { AuditEvent, Caller } from "../../../shared/audit/audit.ts";
import { LatchkeyError } from "../../../shared/errors.ts";
import type { SessionId } from "../../../shared/ids.ts";
import { randomIds } from "../../../shared/ids.ts";
import { guardLogin } from "../../../shared/throttle/login-throttle.ts";
import { guardPasswordChange } from "../../../shared/throttle/password-throttle.ts";
import { createRefreshThrottle } from "../../../shared/throttle/refresh-throttle.ts";
import { guardRegistration } from "../../../shared/throttle/registration-throttle.ts";
import { createThrottleStore } from "../../../shared/throttle/throttle-store.ts";
import type { User } from "../../../shared/users/user.ts";
import type { TestDynamoDb } from "../../support/dynamodb.ts";
import { it } from "../../support/it.ts";
import { caller } from "../../support/session-library.ts";
import { guessing, loginLimits } from "../../support/throttle.ts";
import { aClock } from "../../support/time.ts";

let database: TestDynamoDb;
it.beforeAll(({ database: started }) => {
  database = started;
});

let clock: ReturnType<typeof aClock>;
let audited: AuditEvent[];
/** The account whose password is guessed, if there is one. Tests change its credentials. */
let account: Pick<User, "userId" | "credentialVersion" | "deviceEpoch"> | undefined;
let accountReads: string[];
/** A low limit, so that tests reach it. */
const maxLoginsPerAccount = { max: 4, windowSeconds: 3600 };
let limits: typeof loginLimits;
/** A part of the addresses, different in each test. */
let network = 0;
beforeEach(() => {
  clock = aClock();
  audited = [];
  account = { userId: randomIds.userId(), credentialVersion: 1 };
  accountReads = [];
  limits = loginLimits;
  network += 1;
});

const from = (host: number): Caller => ({ ...caller, ip: `10.${network}.${host >> 8}.${host & 255}` });
const dependencies = () => ({
  throttle: createThrottleStore(database.documentClient, database.tableNames.throttle),
  keyRing: async () => ({ rootSecret: "p".repeat(64) }) as never,
  users: {
    findByEmail: async (email: string) => {
      accountReads.push(email);
      return account as User | undefined;
    },
  },
  clock: clock.now,
  audit: (event: AuditEvent) => void audited.push(event),
  guessing,
  loginLimits: limits,
  registrationLimits: {
    registrationsPerAddressPerMinute: { max: 4, windowSeconds: 60 },
    knownAccountsPerAddressPerHour: { max: 2, windowSeconds: 3600 },
  },
});
/** Returns the result, or the code of the error. */
const toOutcome = async (run: Promise<unknown>): Promise<unknown> => {
  try {
    return await run;
  } catch (error) {
    return error instanceof LatchkeyError ? error.code : error;
  }
};
const times = async (count: number, run: (index: number) => Promise<unknown>): Promise<unknown[]> => {
  const outcomes: unknown[] = [];
  for (let index = 0; index < count; index++) outcomes.push(await toOutcome(run(index)));
  return outcomes;
};
const TOO_MANY = "too_many_requests";

describe("a guarded login", () => {
  const email = () => `user-${network}@example.com`;
  const wrong = (by: Caller, address = email()) =>
    guardLogin(dependencies(), { email: address, deviceToken: undefined }, by, async () => undefined);
  const right = (by: Caller, deviceToken?: string) =>
    guardLogin(dependencies(), { email: email(), deviceToken }, by, async (countLogin) => {
      if (account === undefined) return undefined;
      await countLogin(account.userId);
      return { outcome: "in", user: account };
    });
  const isIn = { result: { outcome: "in" } };
  const wrongFromDevice = (deviceToken: string | undefined, by: Caller) =>
    guardLogin(dependencies(), { email: email(), deviceToken }, by, async () => undefined);
  /** Returns the device tokens of `count` logins. */
  const devices = async (count: number): Promise<readonly (string | undefined)[]> => {
    const tokens: (string | undefined)[] = [];
    for (let index = 0; index < count; index++) tokens.push((await right(from(1)))?.deviceToken);
    return tokens;
  };

  it("counts an account once for all spellings of its address (B1)", async () => {
    const spelled = [`USER-${network}@example.com`, ` user-${network}@Example.com`, email()];
    const outcomes = await times(12, (index) => wrong(from(index), spelled[index % 3]));
    expect(outcomes.filter((outcome) => outcome === TOO_MANY)).toHaveLength(2);
  });

  it("does not count successful logins as failures", async () => {
    const outcomes = await times(60, () => right(from(1)));
    for (const outcome of outcomes) expect(outcome).toMatchObject(isIn);
    expect(await toOutcome(wrong(from(1)))).toBeUndefined();
  });

  it("does not clear the failures of a network address with other accounts after a success", async () => {
    await times(50, (index) => wrong(from(1), `victim-${network}-${index}@example.com`));
    expect(await toOutcome(right(from(1)))).toBe(TOO_MANY);
  });

  it("does not count a login that failed because of a fault of the service", async () => {
    const fault = new Error("DynamoDB is down");
    const broken = () =>
      guardLogin(dependencies(), { email: email(), deviceToken: undefined }, from(1), () => Promise.reject(fault));
    expect(new Set(await times(20, broken))).toEqual(new Set([fault]));
    expect(await toOutcome(right(from(1)))).toMatchObject(isIn);
  });

  it("admits a known device while the account is locked and its network address has reached its limit, and then other devices too (B4)", async () => {
    const { deviceToken } = (await right(from(1))) ?? {};
    await times(10, (index) => wrong(from(index)));
    expect(await toOutcome(right(from(300)))).toBe(TOO_MANY);
    await times(50, (index) => wrong(from(1), `victim-${network}-${index}@example.com`));
    expect(await toOutcome(right(from(1), deviceToken))).toMatchObject(isIn);
    expect(await toOutcome(right(from(300)))).toMatchObject(isIn);
  });

  it("gives all known devices of an account together ten guesses and one back-off (B1)", async () => {
    const tokens = await devices(12);
    const outcomes = await times(12, (index) => wrongFromDevice(tokens[index], from(index)));
    expect(outcomes).toEqual([...Array(10).fill(undefined), TOO_MANY, TOO_MANY]);
    expect(audited.at(-1)).toMatchObject({ event: "request_throttled", limit: "device", route: "login" });
    // Guesses with stolen device tokens do not block an unknown device.
    expect(await toOutcome(right(from(300)))).toMatchObject(isIn);
    clock.advance(30);
    expect(await toOutcome(right(from(301), tokens[0]))).toMatchObject(isIn);
    expect(await times(10, (index) => wrongFromDevice(tokens[index], from(index)))).not.toContain(TOO_MANY);
  });

  it("treats a known device as an unknown device after a hundred wrong passwords from known devices (B1, B4)", async () => {
    const [token] = await devices(1);
    for (let count = 0; count < 100; count++) {
      expect(await toOutcome(wrongFromDevice(token, from(count)))).toBeUndefined();
      if (count >= 9) clock.advance(3600);
    }
    expect(await toOutcome(right(from(301), token))).toMatchObject(isIn);
  });

  it("treats a known device as an unknown device after a hundred wrong passwords, also in the last hour before they expire (B4)", async () => {
    const [token] = await devices(1);
    for (let count = 0; count < 100; count++) {
      await wrongFromDevice(token, from(count));
      if (count >= 9 && count < 99) clock.advance(3600);
    }
    clock.advance(guessing.memorySeconds - 60);
    expect(await toOutcome(right(from(301), token))).toMatchObject(isIn);
  });

  it.each<[string, () => void]>([
    ["a password change or a disablement", () => (account = account && { ...account, credentialVersion: 2 })],
    ["a logout-all", () => (account = account && { ...account, deviceEpoch: 1 })],
    ["a deletion of the account", () => (account = undefined)],
    [
      "a deletion and a registration with the same address",
      () => (account = account && { ...account, userId: randomIds.userId() }),
    ],
  ])("counts a login with a device token from before %s like a login of an unknown device (O4)", async (_, change) => {
    const tokens = await devices(12);
    change();
    await times(10, (index) => wrong(from(index)));
    const outcomes = await times(12, (index) => wrongFromDevice(tokens[index], from(20 + index)));
    expect(new Set(outcomes)).toEqual(new Set([TOO_MANY]));
  });

  it("accepts a device token from after a password change while the account is locked (B4)", async () => {
    await devices(1);
    account = account && { ...account, credentialVersion: 2 };
    const [token] = await devices(1);
    await times(10, (index) => wrong(from(index)));
    expect(await toOutcome(right(from(300)))).toBe(TOO_MANY);
    expect(await toOutcome(right(from(300), token))).toMatchObject(isIn);
  });

  it("reads the account only for a device token that was signed for this account (L5)", async () => {
    const [token] = await devices(1);
    await times(3, (index) => wrongFromDevice(["", "junk", token?.replace(/.$/, "")][index], from(index)));
    await guardLogin(
      dependencies(),
      { email: "other@example.com", deviceToken: token },
      from(1),
      async () => undefined,
    );
    expect(accountReads).toEqual([]);
    await wrongFromDevice(token, from(1));
    expect(accountReads).toEqual([email()]);
  });

  it("limits the successful logins of an account in an hour, records the rejection, and admits logins in the next hour (B6, B3)", async () => {
    limits = { ...loginLimits, maxLoginsPerAccount };
    const outcomes = await times(maxLoginsPerAccount.max + 2, (index) => right(from(index)));
    expect(outcomes.filter((outcome) => outcome === TOO_MANY)).toHaveLength(2);
    const error = await right(from(1)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: TOO_MANY, retryAfterSeconds: 3600 - (clock.now() % 3600) });
    expect(audited.at(-1)).toMatchObject({ event: "request_throttled", limit: "logins", userId: account?.userId });
    clock.advance(3600 - (clock.now() % 3600));
    expect(await toOutcome(right(from(1)))).toMatchObject(isIn);
  });

  it("does not count failures and faults as logins, and shows the limit only to a caller with the password (B6, L1)", async () => {
    limits = { ...loginLimits, maxLoginsPerAccount };
    const fault = new Error("DynamoDB is down");
    const faulty = (by: Caller) =>
      guardLogin(dependencies(), { email: email(), deviceToken: undefined }, by, async (countLogin) => {
        await countLogin(account?.userId ?? randomIds.userId());
        throw fault;
      });
    await times(9, (index) => wrong(from(index)));
    expect(new Set(await times(9, (index) => faulty(from(index))))).toEqual(new Set([fault]));
    expect(await times(maxLoginsPerAccount.max, (index) => right(from(index)))).not.toContain(TOO_MANY);
    expect(await toOutcome(right(from(1)))).toBe(TOO_MANY);
    expect(await toOutcome(wrong(from(2)))).toBeUndefined();
  });

  it("records each rejection with its limit, and each failure that starts a delay (G2)", async () => {
    await times(11, (index) => wrong(from(index)));
    expect(audited).toMatchObject([
      { event: "locked_out", failures: 10, retryAfterSeconds: 30, emailHash: expect.any(String) },
      { event: "request_throttled", limit: "account", retryAfterSeconds: 30, emailHash: expect.any(String) },
    ]);
  });
});

describe("a guarded registration", () => {
  const register = (outcome: string) => guardRegistration(dependencies(), from(1), async () => ({ outcome }));

  it("is rejected after its network address has reached the limit, and admitted in the next minute (B1)", async () => {
    const outcomes = await times(6, () => register("registered"));
    expect(outcomes.filter((outcome) => outcome === TOO_MANY)).toHaveLength(2);
    clock.advance(60);
    expect(await toOutcome(register("registered"))).toEqual({ outcome: "registered" });
  });

  it("limits the responses `account_exists` to a network address, and rejects every registration after that", async () => {
    expect(await times(2, () => register("account_exists"))).not.toContain(TOO_MANY);
    expect(await toOutcome(register("account_exists"))).toBe(TOO_MANY);
    clock.advance(60);
    expect(await toOutcome(register("account_exists"))).toBe(TOO_MANY);
    expect(await toOutcome(register("registered"))).toBe(TOO_MANY);
    clock.advance(3600);
    expect(await toOutcome(register("registered"))).toEqual({ outcome: "registered" });
  });

  it("does not count new accounts, rejected passwords and faults as responses `account_exists`", async () => {
    const fault = new Error("DynamoDB is down");
    expect(await times(2, () => register("registered"))).not.toContain(TOO_MANY);
    await times(2, () => guardRegistration(dependencies(), from(1), () => Promise.reject(fault)));
    clock.advance(60);
    expect(await times(2, () => register("account_exists"))).not.toContain(TOO_MANY);
  });
});

describe("a guarded password change", () => {
  const session = { userId: randomIds.userId(), sessionId: randomIds.sessionId() };
  const change = (outcome: string, of = session) =>
    guardPasswordChange(dependencies(), of, caller, async () => ({ outcome }));

  it("by a stolen session does not block a password change by another session of the owner (B4)", async () => {
    const stolen = { ...session, sessionId: randomIds.sessionId() };
    await times(12, () => change("wrong_password", stolen));
    expect(await toOutcome(change("changed", stolen))).toBe(TOO_MANY);
    const fresh = { ...session, sessionId: randomIds.sessionId() };
    expect(await toOutcome(change("changed", fresh))).toEqual({ outcome: "changed" });
  });

  it("that is no guess does not start the delay again", async () => {
    const waiting = { ...session, sessionId: randomIds.sessionId() };
    await times(12, () => change("wrong_password", waiting));
    clock.advance(30);
    expect(await toOutcome(change("password_rejected", waiting))).toEqual({ outcome: "password_rejected" });
    expect(await toOutcome(change("changed", waiting))).toEqual({ outcome: "changed" });
  });

  it("has a delay after ten wrong passwords; a rejected new password does not count and does not clear; a success clears (P7)", async () => {
    await times(9, () => change("wrong_password"));
    await times(20, () => change("password_rejected"));
    expect(await toOutcome(change("wrong_password"))).toEqual({ outcome: "wrong_password" });
    expect(await toOutcome(change("changed"))).toBe(TOO_MANY);
    clock.advance(30);
    expect(await toOutcome(change("changed"))).toEqual({ outcome: "changed" });
    expect(await times(10, () => change("wrong_password"))).not.toContain(TOO_MANY);
  });
});

describe("a guarded refresh", () => {
  const limit = { max: 3, windowSeconds: 60 };
  const guard = () =>
    createRefreshThrottle(limit, { moment: clock.moment, audit: (event) => void audited.push(event) });

  it("is rejected for a network address with too many rejected refreshes, and only for that address, until the next minute (B1)", async () => {
    const refresh = guard();
    const as = (by: Caller, outcome: string) => toOutcome(refresh(by, async () => ({ outcome })));
    for (let i = 0; i < 3; i++) expect(await as(from(1), "rejected")).toEqual({ outcome: "rejected" });
    expect(await as(from(1), "rotated")).toBe(TOO_MANY);
    expect(await as(from(2), "rotated")).toEqual({ outcome: "rotated" });
    clock.advance(60);
    expect(await as(from(1), "rotated")).toEqual({ outcome: "rotated" });
  });

  it("gets the time until the next window, and is not delayed by a clock that steps back (B1, A7)", async () => {
    const refresh = guard();
    const rejected = () => toOutcome(refresh(from(1), async () => ({ outcome: "rejected" })));
    await times(3, rejected);
    clock.advance(20);
    await expect(refresh(from(1), async () => ({ outcome: "rotated" }))).rejects.toMatchObject({
      retryAfterSeconds: 40,
    });
    clock.step(-86_400);
    expect(await rejected()).toEqual({ outcome: "rejected" });
  });

  it("never counts a refresh that succeeded", async () => {
    const refresh = guard();
    const outcomes = await times(1000, () => refresh(from(1), async () => ({ outcome: "rotated" })));
    expect(outcomes).not.toContain(TOO_MANY);
  });

  it("of a session that was not rejected itself gets through although its address is over the limit (R10)", async () => {
    const refresh = guard();
    const forged = () => toOutcome(refresh(from(1), async () => ({ outcome: "rejected" })));
    await times(limit.max, forged);
    expect(await forged()).toBe(TOO_MANY);
    const refreshAs = (id: string, outcome: string) =>
      toOutcome(refresh(from(1), async () => ({ outcome }), id as SessionId));
    for (const _ of [1, 2]) expect(await refreshAs("honest", "replayed")).toEqual({ outcome: "replayed" });
    expect(await refreshAs("over", "rejected")).toEqual({ outcome: "rejected" });
    expect(await refreshAs("over", "rejected")).toBe(TOO_MANY);
  });

  it("keeps a bounded number of network addresses in memory", async () => {
    const refresh = guard();
    await times(10_001, (index) =>
      refresh({ ...caller, ip: `2001:db8:${index.toString(16)}::1` }, async () => ({ outcome: "rejected" })),
    );
    expect(await toOutcome(refresh(from(1), async () => ({ outcome: "rejected" })))).toEqual({ outcome: "rejected" });
  });
});
