import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { AuditEvent, Caller } from "../../../shared/audit/audit.ts";
import { LatchkeyError } from "../../../shared/errors.ts";
import { randomIds } from "../../../shared/ids.ts";
import { guardLogin } from "../../../shared/throttle/login-throttle.ts";
import { guardPasswordChange } from "../../../shared/throttle/password-throttle.ts";
import { createRefreshThrottle } from "../../../shared/throttle/refresh-throttle.ts";
import { guardRegistration } from "../../../shared/throttle/registration-throttle.ts";
import { createThrottleStore } from "../../../shared/throttle/throttle-store.ts";
import { startDynamoDb, type TestDynamoDb } from "../../support/dynamodb.ts";
import { caller } from "../../support/session-library.ts";
import { guessing, loginLimits } from "../../support/throttle.ts";
import { aClock } from "../../support/time.ts";

let database: TestDynamoDb;
beforeAll(async () => {
  database = await startDynamoDb();
});
afterAll(() => database.stop());

let clock: ReturnType<typeof aClock>;
let audited: AuditEvent[];
/** Addresses of no other test. */
let network = 0;
beforeEach(() => {
  clock = aClock();
  audited = [];
  network += 1;
});

const from = (host: number): Caller => ({ ...caller, ip: `10.${network}.${host >> 8}.${host & 255}` });
const dependencies = () => ({
  throttle: createThrottleStore(database.documentClient, database.tableNames.throttle),
  keyRing: async () => ({ rootSecret: "p".repeat(64) }) as never,
  clock: clock.now,
  audit: (event: AuditEvent) => void audited.push(event),
  guessing,
  loginLimits,
  registrationLimits: {
    registrationsPerAddressPerMinute: { max: 4, windowSeconds: 60 },
    knownAccountsPerAddressPerHour: { max: 2, windowSeconds: 3600 },
  },
});
/** The result, or the code of the refusal. */
const getOutcome = async (run: Promise<unknown>): Promise<unknown> => {
  try {
    return await run;
  } catch (error) {
    return error instanceof LatchkeyError ? error.code : error;
  }
};
const times = async (count: number, run: (index: number) => Promise<unknown>): Promise<unknown[]> => {
  const outcomes: unknown[] = [];
  for (let index = 0; index < count; index++) outcomes.push(await getOutcome(run(index)));
  return outcomes;
};
const TOO_MANY = "too_many_requests";

describe("a guarded login", () => {
  const email = () => `user-${network}@example.com`;
  const wrong = (by: Caller, address = email()) =>
    guardLogin(dependencies(), { email: address, deviceToken: undefined }, by, async () => undefined);
  const right = (by: Caller, deviceToken?: string) =>
    guardLogin(dependencies(), { email: email(), deviceToken }, by, async () => "in");

  it("counts one account however its address is written (B1)", async () => {
    const spelled = [`USER-${network}@example.com`, ` user-${network}@Example.com`, email()];
    const outcomes = await times(12, (index) => wrong(from(index), spelled[index % 3]));
    expect(outcomes.filter((outcome) => outcome === TOO_MANY)).toHaveLength(2);
  });

  it("counts nothing against who gets in, however often", async () => {
    const outcomes = await times(60, () => right(from(1)));
    expect(new Set(outcomes.map((outcome) => (outcome as { result?: string }).result))).toEqual(new Set(["in"]));
    expect(await getOutcome(wrong(from(1)))).toBeUndefined();
  });

  it("does not let a success with one's own account clear what an address failed with others", async () => {
    await times(50, (index) => wrong(from(1), `victim-${network}-${index}@example.com`));
    expect(await getOutcome(right(from(1)))).toBe(TOO_MANY);
  });

  it("does not hold a fault of ours against the caller", async () => {
    const fault = new Error("DynamoDB is down");
    const broken = () =>
      guardLogin(dependencies(), { email: email(), deviceToken: undefined }, from(1), () => Promise.reject(fault));
    expect(new Set(await times(20, broken))).toEqual(new Set([fault]));
    expect(await getOutcome(right(from(1)))).toMatchObject({ result: "in" });
  });

  it("lets a known device in while the account is locked, with no limit of its address, and then others too (B4)", async () => {
    const { deviceToken } = (await right(from(1))) ?? {};
    await times(10, (index) => wrong(from(index)));
    expect(await getOutcome(right(from(300)))).toBe(TOO_MANY);
    await times(50, (index) => wrong(from(1), `victim-${network}-${index}@example.com`));
    expect(await getOutcome(right(from(1), deviceToken))).toMatchObject({ result: "in" });
    expect(await getOutcome(right(from(300)))).toMatchObject({ result: "in" });
  });

  it("gives a stolen device token ten guesses and its own back-off (B1)", async () => {
    const { deviceToken } = (await right(from(1))) ?? {};
    const outcomes = await times(12, (index) =>
      guardLogin(dependencies(), { email: email(), deviceToken }, from(index), async () => undefined),
    );
    expect(outcomes).toEqual([...Array(10).fill(undefined), TOO_MANY, TOO_MANY]);
    expect(audited.at(-1)).toMatchObject({ event: "request_throttled", limit: "device", route: "login" });
  });

  it("gives any number of stolen device tokens a hundred guesses together; then they are strangers (B1)", async () => {
    const tokens: (string | undefined)[] = [];
    for (let index = 0; index < 12; index++) tokens.push((await right(from(1)))?.deviceToken);
    const guess = (deviceToken: string | undefined, host: number) =>
      guardLogin(dependencies(), { email: email(), deviceToken }, from(host), async () => undefined);
    const outcomes = await times(120, (index) => guess(tokens[Math.floor(index / 10)], 1));
    // A hundred as known devices, then five as strangers of one address.
    expect(outcomes.filter((outcome) => outcome !== TOO_MANY)).toHaveLength(105);
    clock.advance(60);
    expect(await getOutcome(right(from(2), tokens[0]))).toMatchObject({ result: "in" });
  });

  it("puts on record who was refused and by which limit, and each failure that makes the next one wait (G2)", async () => {
    await times(11, (index) => wrong(from(index)));
    expect(audited).toMatchObject([
      { event: "locked_out", failures: 10, retryAfterSeconds: 30, emailHash: expect.any(String) },
      { event: "request_throttled", limit: "account", retryAfterSeconds: 30, emailHash: expect.any(String) },
    ]);
  });
});

describe("a guarded registration", () => {
  const register = (outcome: string) => guardRegistration(dependencies(), from(1), async () => ({ outcome }));

  it("is refused past the limit of its address, and goes on in the next minute (B1)", async () => {
    const outcomes = await times(6, () => register("registered"));
    expect(outcomes.filter((outcome) => outcome === TOO_MANY)).toHaveLength(2);
    clock.advance(60);
    expect(await getOutcome(register("registered"))).toEqual({ outcome: "registered" });
  });

  it("tells one address only so often that an account exists, and past that tells nothing by refusing", async () => {
    expect(await times(2, () => register("account_exists"))).not.toContain(TOO_MANY);
    expect(await getOutcome(register("account_exists"))).toBe(TOO_MANY);
    clock.advance(60);
    expect(await getOutcome(register("account_exists"))).toBe(TOO_MANY);
    expect(await getOutcome(register("registered"))).toBe(TOO_MANY);
    clock.advance(3600);
    expect(await getOutcome(register("registered"))).toEqual({ outcome: "registered" });
  });

  it("counts new accounts, refused passwords and faults of ours as no answer that an account exists", async () => {
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

  it("by a stolen session does not keep the owner from it, who opens another one (B4)", async () => {
    const stolen = { ...session, sessionId: randomIds.sessionId() };
    await times(12, () => change("wrong_password", stolen));
    expect(await getOutcome(change("changed", stolen))).toBe(TOO_MANY);
    const fresh = { ...session, sessionId: randomIds.sessionId() };
    expect(await getOutcome(change("changed", fresh))).toEqual({ outcome: "changed" });
  });

  it("that is no guess does not begin a wait anew", async () => {
    const waiting = { ...session, sessionId: randomIds.sessionId() };
    await times(12, () => change("wrong_password", waiting));
    clock.advance(30);
    expect(await getOutcome(change("password_rejected", waiting))).toEqual({ outcome: "password_rejected" });
    expect(await getOutcome(change("changed", waiting))).toEqual({ outcome: "changed" });
  });

  it("waits after ten wrong ones; what is no guess neither counts nor clears; a change clears (P7)", async () => {
    await times(9, () => change("wrong_password"));
    await times(20, () => change("password_rejected"));
    expect(await getOutcome(change("wrong_password"))).toEqual({ outcome: "wrong_password" });
    expect(await getOutcome(change("changed"))).toBe(TOO_MANY);
    clock.advance(30);
    expect(await getOutcome(change("changed"))).toEqual({ outcome: "changed" });
    expect(await times(10, () => change("wrong_password"))).not.toContain(TOO_MANY);
  });
});

describe("a guarded refresh", () => {
  const limit = { max: 3, windowSeconds: 60 };
  const guard = () =>
    createRefreshThrottle(limit, { moment: clock.moment, audit: (event) => void audited.push(event) });

  it("is refused for an address that was refused too often, and for that one alone, until the next minute (B1)", async () => {
    const refresh = guard();
    const as = (by: Caller, outcome: string) => getOutcome(refresh(by, async () => ({ outcome })));
    for (let i = 0; i < 3; i++) expect(await as(from(1), "rejected")).toEqual({ outcome: "rejected" });
    expect(await as(from(1), "rotated")).toBe(TOO_MANY);
    expect(await as(from(2), "rotated")).toEqual({ outcome: "rotated" });
    clock.advance(60);
    expect(await as(from(1), "rotated")).toEqual({ outcome: "rotated" });
  });

  it("is told when to come back, and not kept waiting by a clock that steps back (B1, A7)", async () => {
    const refresh = guard();
    const rejected = () => getOutcome(refresh(from(1), async () => ({ outcome: "rejected" })));
    await times(3, rejected);
    clock.advance(20);
    await expect(refresh(from(1), async () => ({ outcome: "rotated" }))).rejects.toMatchObject({
      retryAfterSeconds: 40,
    });
    clock.step(-86_400);
    expect(await rejected()).toEqual({ outcome: "rejected" });
  });

  it("never counts one that succeeded", async () => {
    const refresh = guard();
    const outcomes = await times(1000, () => refresh(from(1), async () => ({ outcome: "rotated" })));
    expect(outcomes).not.toContain(TOO_MANY);
  });

  it("keeps a bounded memory of addresses", async () => {
    const refresh = guard();
    await times(10_001, (index) =>
      refresh({ ...caller, ip: `2001:db8:${index.toString(16)}::1` }, async () => ({ outcome: "rejected" })),
    );
    expect(await getOutcome(refresh(from(1), async () => ({ outcome: "rejected" })))).toEqual({ outcome: "rejected" });
  });
});
