import { PutCommand, ScanCommand } from "@aws-sdk/lib-dynamodb";
import { describe, expect } from "vitest";
import { randomIds } from "../../../shared/ids.ts";
import type { CreateUserOutcome } from "../../../shared/users/create-user.ts";
import type { NormalizedEmail } from "../../../shared/users/email.ts";
import type { User } from "../../../shared/users/user.ts";
import { claimKey } from "../../../shared/users/user-row.ts";
import { createUserStore, type UserStore } from "../../../shared/users/user-store.ts";
import type { TestDynamoDb } from "../../support/dynamodb.ts";
import { it } from "../../support/it.ts";
import { anEmail, aUser } from "./a-user.ts";
import { type Call, interferingClient, throttled, timedOut } from "./interfering-client.ts";

let database: TestDynamoDb;
let users: UserStore;

it.beforeAll(({ database: started }) => {
  database = started;
  users = createUserStore(database.documentClient, database.tableNames.users);
});

let addresses = 0;
const aFreshEmail = (): string => `user-${++addresses}@example.com`;

/** Lists the ids of all account rows with the address, also those that no claim names. */
const listRows = async (email: NormalizedEmail): Promise<unknown[]> => {
  const { Items = [] } = await database.documentClient.send(new ScanCommand({ TableName: "Users" }));
  return Items.filter((item) => item["normalizedEmail"] === email).map((item) => item["userId"]);
};

const claimForNobody = (email: NormalizedEmail) =>
  database.documentClient.send(
    new PutCommand({ TableName: "Users", Item: { ...claimKey(email), userId: randomIds.userId() } }),
  );

/** Creates all accounts at once and returns those with the outcome `created`. */
const createAtOnce = async (candidates: readonly User[]): Promise<User[]> => {
  const outcomes = await Promise.all(candidates.map((user) => users.create(user)));
  return candidates.filter((_, index) => outcomes[index]?.outcome === "created");
};

const expectOneAccount = async (email: NormalizedEmail, user: User | undefined) => {
  expect(await users.findByEmail(email)).toEqual(user);
  expect(await listRows(email)).toEqual([user?.userId]);
};

const latch = () => {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
};

const storeWith = (interfere: (call: Call) => Promise<unknown>): UserStore =>
  createUserStore(interferingClient(database, interfere), "Users");

describe("20 parallel creations of one address make one account (S4)", () => {
  it.each(Array.from({ length: 5 }, (_, round) => round))("when nobody had it (round %d)", async () => {
    const email = aFreshEmail();
    const created = await createAtOnce(Array.from({ length: 20 }, () => aUser({ email })));
    expect(created).toHaveLength(1);
    await expectOneAccount(anEmail(email), created[0]);
  });

  it.each(Array.from({ length: 5 }, (_, round) => round))("when a dead claim holds it (round %d)", async () => {
    const email = aFreshEmail();
    await claimForNobody(anEmail(email));
    const created = await createAtOnce(Array.from({ length: 20 }, () => aUser({ email })));
    expect(created).toHaveLength(1);
    await expectOneAccount(anEmail(email), created[0]);
  });

  it("or none if the address has an account (S4)", async () => {
    const owner = aUser({ email: aFreshEmail() });
    await users.create(owner);
    const created = await createAtOnce(Array.from({ length: 20 }, () => aUser({ email: owner.email })));
    expect(created).toEqual([]);
    await expectOneAccount(owner.normalizedEmail, owner);
  });
});

describe("a creation that stops half-way", () => {
  /** Starts a creation that stops before its `nth` call of that name. Returns a function that lets the creation continue. */
  const createHeldBefore = async (user: User, heldCall: string, nth = 1) => {
    const reached = latch();
    const gate = latch();
    let seen = 0;
    const store = storeWith(async ({ name, send }) => {
      if (name === heldCall && ++seen === nth) {
        reached.open();
        await gate.opened;
      }
      await send();
    });
    const outcome: Promise<CreateUserOutcome> = store.create(user);
    await reached.opened;
    return {
      goOn: () => {
        gate.open();
        return outcome;
      },
    };
  };

  it("before its claim loses to a faster creation, and leaves no second account", async () => {
    const email = aFreshEmail();
    const slow = await createHeldBefore(aUser({ email }), "Put EMAIL");
    const faster = aUser({ email });
    expect(await users.create(faster)).toEqual({ outcome: "created" });
    expect(await slow.goOn()).toEqual({ outcome: "account_exists" });
    await expectOneAccount(anEmail(email), faster);
  });

  it("before it takes over a dead claim loses to a creation that took it over, and leaves no second account", async () => {
    const email = aFreshEmail();
    await claimForNobody(anEmail(email));
    const slow = await createHeldBefore(aUser({ email }), "Put EMAIL", 2);
    const faster = aUser({ email });
    expect(await users.create(faster)).toEqual({ outcome: "created" });
    expect(await slow.goOn()).toEqual({ outcome: "account_exists" });
    await expectOneAccount(anEmail(email), faster);
  });

  it("gets the address if the account of the address is deleted meanwhile", async () => {
    const owner = aUser({ email: aFreshEmail() });
    await users.create(owner);
    const next = aUser({ email: owner.email });
    const slow = await createHeldBefore(next, "Get USER");
    await users.deleteUser(owner.userId);
    expect(await slow.goOn()).toEqual({ outcome: "created" });
    await expectOneAccount(owner.normalizedEmail, next);
  });

  it("forever before it removed its row after a lost race has no effect on the account", async () => {
    const owner = aUser({ email: aFreshEmail() });
    await users.create(owner);
    await createHeldBefore(aUser({ email: owner.email }), "Delete USER");
    expect(await users.findByEmail(owner.normalizedEmail)).toEqual(owner);
    await users.deleteUser(owner.userId);
    expect(await users.findByEmail(owner.normalizedEmail)).toBeUndefined();
    expect(await users.create(aUser({ email: owner.email }))).toEqual({ outcome: "created" });
  });
});

describe("a claim without a user", () => {
  it("is not an account", async () => {
    const email = anEmail(aFreshEmail());
    await claimForNobody(email);
    expect(await users.findByEmail(email)).toBeUndefined();
  });

  it("is taken over at once", async () => {
    const user = aUser({ email: aFreshEmail() });
    await claimForNobody(user.normalizedEmail);
    expect(await users.create(user)).toEqual({ outcome: "created" });
    await expectOneAccount(user.normalizedEmail, user);
  });
});

describe("a failing database", () => {
  it("a throttled claim is the SDK's error, and leaves nothing behind (S3)", async () => {
    const user = aUser({ email: aFreshEmail() });
    const store = storeWith(async ({ name, send }) => {
      if (name === "Put EMAIL") throw throttled();
      await send();
    });
    await expect(store.create(user)).rejects.toMatchObject({ name: "ThrottlingException" });
    expect(await listRows(user.normalizedEmail)).toEqual([]);
    expect(await users.create(aUser({ email: user.email }))).toEqual({ outcome: "created" });
  });

  it("a claim whose response is lost is an error, and the same request then succeeds (S3)", async () => {
    const email = aFreshEmail();
    const store = storeWith(async ({ name, send }) => {
      await send();
      if (name === "Put EMAIL") throw timedOut();
    });
    await expect(store.create(aUser({ email }))).rejects.toMatchObject({ name: "TimeoutError" });
    const again = aUser({ email });
    expect(await users.create(again)).toEqual({ outcome: "created" });
    await expectOneAccount(again.normalizedEmail, again);
  });

  it("the first error is thrown, also if the clean-up fails too", async () => {
    const store = storeWith(async ({ name, send }) => {
      if (name === "Put EMAIL") throw timedOut();
      if (name === "Delete USER") throw throttled();
      await send();
    });
    await expect(store.create(aUser({ email: aFreshEmail() }))).rejects.toMatchObject({ name: "TimeoutError" });
  });

  it("a write that the SDK repeats because its response was lost does not reject itself", async () => {
    const user = aUser({ email: aFreshEmail(), name: "Jane", roles: ["admin"] });
    const store = storeWith(async ({ name, send }) => {
      await send();
      if (name.startsWith("Put")) await send();
    });
    expect(await store.create(user)).toEqual({ outcome: "created" });
    await expectOneAccount(user.normalizedEmail, user);
  });

  it("the id of another account is rejected, and that account stays unchanged", async () => {
    const owner = aUser({ email: aFreshEmail() });
    await users.create(owner);
    const intruder = aUser({ email: aFreshEmail(), userId: owner.userId });
    await expect(users.create(intruder)).rejects.toThrow("The id of a new user is taken");
    await expectOneAccount(owner.normalizedEmail, owner);
    expect(await users.findByEmail(intruder.normalizedEmail)).toBeUndefined();
  });
});
