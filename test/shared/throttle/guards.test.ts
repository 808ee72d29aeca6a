import { beforeEach, describe, expect } from "vitest";
import type { AuditEvent, Caller } from "../../../shared/audit/audit.ts";
import { LatchkeyError } from "../../../shared/errors.ts";
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
/** Low enough for tests that reach it. */
const maxLoginsPerAccount = { max: 4, windowSeconds: 3600 };
let limits: typeof loginLimits;
/** Addresses of no other test. */
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
    guardLogin(dependencies(), { email: email(), deviceToken }, by, async (countLogin) => {
      if (account === undefined) return undefined;
      await countLogin(account.userId);
      return { outcome: "in", user: account };
    });
  const isIn = { result: { outcome: "in" } };
  const wrongFromDevice = (deviceToken: string | undefined, by: Caller) =>
    guardLogin(dependencies(), { email: email(), deviceToken }, by, async () => undefined);
  /** The device tokens of so many logins. */
  const devices = async (count: number): Promise<readonly (string | undefined)[]> => {
    const tokens: (string | undefined)[] = [];
    for (let index = 0; index < count; index++) tokens.push((await right(from(1)))?.deviceToken);
    return tokens;
  };

  it("counts one account however its address is written (B1)", async () => {
    const spelled = [`USER-${network}@example.com`, ` user-${network}@Example.com`, email()];
    const outcomes = await times(12, (index) => wrong(from(index), spelled[index % 3]));
    expect(outcomes.filter((outcome) => outcome === TOO_MANY)).toHaveLength(2);
  });

  it("counts nothing against who gets in, however often", async () => {
    const outcomes = await times(60, () => right(from(1)));
    for (const outcome of outcomes) expect(outcome).toMatchObject(isIn);
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
    expect(await getOutcome(right(from(1)))).toMatchObject(isIn);
  });

  it("lets a known device in while the account is locked, with no limit of its address, and then others too (B4)", async () => {
    const { deviceToken } = (await right(from(1))) ?? {};
    await times(10, (index) => wrong(from(index)));
    expect(await getOutcome(right(from(300)))).toBe(TOO_MANY);
    await times(50, (index) => wrong(from(1), `victim-${network}-${index}@example.com`));
    expect(await getOutcome(right(from(1), deviceToken))).toMatchObject(isIn);
    expect(await getOutcome(right(from(300)))).toMatchObject(isIn);
  });

  it("gives all known devices of an account ten guesses and one back-off together (B1)", async () => {
    const tokens = await devices(12);
    const outcomes = await times(12, (index) => wrongFromDevice(tokens[index], from(index)));
    expect(outcomes).toEqual([...Array(10).fill(undefined), TOO_MANY, TOO_MANY]);
    expect(audited.at(-1)).toMatchObject({ event: "request_throttled", limit: "device", route: "login" });
    // Guesses with stolen device tokens do not keep out a device that the account does not know.
    expect(await getOutcome(right(from(300)))).toMatchObject(isIn);
    clock.advance(30);
    expect(await getOutcome(right(from(301), tokens[0]))).toMatchObject(isIn);
    expect(await times(10, (index) => wrongFromDevice(tokens[index], from(index)))).not.toContain(TOO_MANY);
  });

  it("takes a known device as an unknown one after a hundred wrong passwords from known devices (B1, B4)", async () => {
    const [token] = await devices(1);
    for (let count = 0; count < 100; count++) {
      expect(await getOutcome(wrongFromDevice(token, from(count)))).toBeUndefined();
      if (count >= 9) clock.advance(3600);
    }
    expect(await getOutcome(right(from(301), token))).toMatchObject(isIn);
  });

  it.each<[string, () => void]>([
    ["a password change or a disablement", () => (account = account && { ...account, credentialVersion: 2 })],
    ["a logout-all", () => (account = account && { ...account, deviceEpoch: 1 })],
    ["a deletion of the account", () => (account = undefined)],
    [
      "a deletion and a registration with the same address",
      () => (account = account && { ...account, userId: randomIds.userId() }),
    ],
  ])("gives the device tokens from before %s no guess apart from those of unknown devices (O4)", async (_, change) => {
    const tokens = await devices(12);
    change();
    await times(10, (index) => wrong(from(index)));
    const outcomes = await times(12, (index) => wrongFromDevice(tokens[index], from(20 + index)));
    expect(new Set(outcomes)).toEqual(new Set([TOO_MANY]));
  });

  it("takes a device token from after a password change while the account is locked (B4)", async () => {
    await devices(1);
    account = account && { ...account, credentialVersion: 2 };
    const [token] = await devices(1);
    await times(10, (index) => wrong(from(index)));
    expect(await getOutcome(right(from(300)))).toBe(TOO_MANY);
    expect(await getOutcome(right(from(300), token))).toMatchObject(isIn);
  });

  it("reads the account for a device token that was signed for it, and for no other (L5)", async () => {
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

  it("lets an account in only so often an hour, puts the rejection on record, and goes on in the next hour (B6, B3)", async () => {
    limits = { ...loginLimits, maxLoginsPerAccount };
    const outcomes = await times(maxLoginsPerAccount.max + 2, (index) => right(from(index)));
    expect(outcomes.filter((outcome) => outcome === TOO_MANY)).toHaveLength(2);
    const error = await right(from(1)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: TOO_MANY, retryAfterSeconds: 3600 - (clock.now() % 3600) });
    expect(audited.at(-1)).toMatchObject({ event: "request_throttled", limit: "logins", userId: account?.userId });
    clock.advance(3600 - (clock.now() % 3600));
    expect(await getOutcome(right(from(1)))).toMatchObject(isIn);
  });

  it("counts neither failures nor faults as logins, and tells nobody without the password that the limit is reached (B6, L1)", async () => {
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
    expect(await getOutcome(right(from(1)))).toBe(TOO_MANY);
    expect(await getOutcome(wrong(from(2)))).toBeUndefined();
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
