import { ScanCommand } from "@aws-sdk/lib-dynamodb";
import { describe, expect } from "vitest";
import { randomIds } from "../../../shared/ids.ts";
import type { User } from "../../../shared/users/user.ts";
import { createUserStore, type UserStore } from "../../../shared/users/user-store.ts";
import type { TestDynamoDb } from "../../support/dynamodb.ts";
import { it } from "../../support/it.ts";
import { anEmail, aUser } from "./a-user.ts";
import { interferingClient, throttled } from "./interfering-client.ts";

let database: TestDynamoDb;
let users: UserStore;

it.beforeAll(({ database: started }) => {
  database = started;
  users = createUserStore(database.documentClient, database.tableNames.users);
});

const sessionId = randomIds.sessionId();

let addresses = 0;
const aStoredUser = async (user: Partial<User> = {}): Promise<User> => {
  const created = aUser({ email: `user-${++addresses}@example.com`, ...user });
  await users.create(created);
  return created;
};

describe("finding", () => {
  it("finds an account by its address and by its id", async () => {
    const user = await aStoredUser({ name: "Jane", roles: ["admin"] });
    expect(await users.findByEmail(user.normalizedEmail)).toEqual(user);
    expect(await users.findById(user.userId)).toEqual(user);
  });

  it("finds nothing for an address or an id without an account", async () => {
    expect(await users.findByEmail(anEmail("nobody@example.com"))).toBeUndefined();
    expect(await users.findById(randomIds.userId())).toBeUndefined();
  });

  it("never expires the rows of an account by TTL (S2)", async () => {
    await aStoredUser();
    const { Items = [] } = await database.documentClient.send(new ScanCommand({ TableName: "Users" }));
    expect(Items.length).toBeGreaterThan(1);
    for (const item of Items) expect(item).not.toHaveProperty("expiresAt");
  });
});

describe("replacing a digest at login", () => {
  it("stores the new digest and revokes no session", async () => {
    const user = await aStoredUser();
    await users.updateDigest(user.userId, "stronger", user.passwordDigest);
    expect(await users.findById(user.userId)).toEqual({ ...user, passwordDigest: "stronger" });
  });

  it("never overwrites a password change in between (R8)", async () => {
    const user = await aStoredUser();
    await users.changePassword(user.userId, "changed", user.credentialVersion, sessionId);
    await users.updateDigest(user.userId, "stronger", user.passwordDigest);
    expect((await users.findById(user.userId))?.passwordDigest).toBe("changed");
  });

  it("does not restore a deleted account", async () => {
    const user = await aStoredUser();
    await users.deleteUser(user.userId);
    await users.updateDigest(user.userId, "stronger", user.passwordDigest);
    expect(await users.findById(user.userId)).toBeUndefined();
  });
});

describe("changing a password", () => {
  it("stores the new digest, the next credential version and the session that continues", async () => {
    const user = await aStoredUser({ credentialVersion: 4 });
    const outcome = await users.changePassword(user.userId, "changed", 4, sessionId);
    expect(outcome).toEqual({ outcome: "changed", credentialVersion: 5 });
    const changed = { ...user, passwordDigest: "changed", credentialVersion: 5, keptSessionId: sessionId };
    expect(await users.findById(user.userId)).toEqual(changed);
  });

  it("takes effect exactly once, if 20 run in parallel (R8)", async () => {
    const user = await aStoredUser();
    const digests = Array.from({ length: 20 }, (_, index) => `digest ${index}`);
    const outcomes = await Promise.all(
      digests.map((digest) => users.changePassword(user.userId, digest, 1, sessionId)),
    );
    const changed = digests.filter((_, index) => outcomes[index]?.outcome === "changed");
    expect(changed).toHaveLength(1);
    expect(await users.findById(user.userId)).toMatchObject({ passwordDigest: changed[0], credentialVersion: 2 });
  });

  it.each([
    ["disabled", (user: User) => users.setStatus(user.userId, "disabled")],
    [
      "disabled and enabled",
      async (user: User) => {
        await users.setStatus(user.userId, "disabled");
        await users.setStatus(user.userId, "active");
      },
    ],
    ["deleted", (user: User) => users.deleteUser(user.userId)],
  ])("is superseded when the account was %s meanwhile", async (_, happens) => {
    const user = await aStoredUser();
    await happens(user);
    expect(await users.changePassword(user.userId, "changed", 1, sessionId)).toEqual({ outcome: "superseded" });
    expect((await users.findById(user.userId))?.passwordDigest).not.toBe("changed");
  });

  it("is superseded if the account is disabled under the same version", async () => {
    const user = await aStoredUser({ status: "disabled" });
    expect(await users.changePassword(user.userId, "changed", 1, sessionId)).toEqual({ outcome: "superseded" });
  });

  it("takes effect once if the SDK repeats the write because the response was lost", async () => {
    const user = await aStoredUser();
    const client = interferingClient(database, async ({ name, send }) => {
      await send();
      if (name.startsWith("Update")) await send();
    });
    const outcome = await createUserStore(client, "Users").changePassword(user.userId, "changed", 1, sessionId);
    expect(outcome).toEqual({ outcome: "changed", credentialVersion: 2 });
    expect((await users.findById(user.userId))?.credentialVersion).toBe(2);
  });
});

describe("disabling and enabling", () => {
  it("increment the credential version, so that older sessions are revoked", async () => {
    const user = await aStoredUser();
    expect(await users.setStatus(user.userId, "disabled")).toEqual({ outcome: "changed", credentialVersion: 2 });
    expect(await users.findById(user.userId)).toEqual({ ...user, status: "disabled", credentialVersion: 2 });
    expect(await users.setStatus(user.userId, "active")).toEqual({ outcome: "changed", credentialVersion: 3 });
    expect(await users.findById(user.userId)).toEqual({ ...user, credentialVersion: 3 });
  });

  it("revoke every session, also the session that changed the password", async () => {
    const user = await aStoredUser();
    await users.changePassword(user.userId, "changed", 1, sessionId);
    await users.setStatus(user.userId, "disabled");
    expect(await users.findById(user.userId)).not.toHaveProperty("keptSessionId");
  });

  it("change the account once if they are repeated", async () => {
    const user = await aStoredUser();
    await users.setStatus(user.userId, "disabled");
    expect(await users.setStatus(user.userId, "disabled")).toEqual({ outcome: "unchanged", credentialVersion: 2 });
    expect((await users.findById(user.userId))?.credentialVersion).toBe(2);
  });

  it("do not find an account whose deletion has begun", async () => {
    const user = await aStoredUser();
    expect(await users.setStatus(user.userId, "deleted")).toEqual({ outcome: "changed", credentialVersion: 2 });
    expect(await users.setStatus(user.userId, "deleted")).toEqual({ outcome: "unchanged", credentialVersion: 2 });
    expect(await users.setStatus(user.userId, "active")).toEqual({ outcome: "not_found" });
    expect(await users.setStatus(user.userId, "disabled")).toEqual({ outcome: "not_found" });
  });

  it("do not create an account", async () => {
    const userId = randomIds.userId();
    expect(await users.setStatus(userId, "disabled")).toEqual({ outcome: "not_found" });
    expect(await users.findById(userId)).toBeUndefined();
  });
});

describe("deleting", () => {
  it("removes the account and frees its address", async () => {
    const user = await aStoredUser();
    expect(await users.deleteUser(user.userId)).toBe(true);
    expect(await users.findById(user.userId)).toBeUndefined();
    expect(await users.findByEmail(user.normalizedEmail)).toBeUndefined();
    expect(await users.create(aUser({ email: user.email }))).toEqual({ outcome: "created" });
  });

  it("returns false if the account does not exist", async () => {
    expect(await users.deleteUser(randomIds.userId())).toBe(false);
  });

  it("can be repeated after it stopped half-way, and does not change a new account with the address", async () => {
    const user = await aStoredUser();
    const client = interferingClient(database, async ({ name, send }) => {
      if (name === "Delete USER") throw throttled();
      await send();
    });
    await expect(createUserStore(client, "Users").deleteUser(user.userId)).rejects.toThrow("Rate exceeded");
    const next = aUser({ email: user.email });
    expect(await users.create(next)).toEqual({ outcome: "created" });

    expect(await users.deleteUser(user.userId)).toBe(true);
    expect(await users.findById(user.userId)).toBeUndefined();
    expect(await users.findByEmail(user.normalizedEmail)).toEqual(next);
  });
});

describe("the calls of each operation (S3)", () => {
  const recordCalls = async (operation: (store: UserStore) => Promise<unknown>): Promise<string[]> => {
    const calls: string[] = [];
    const client = interferingClient(database, async ({ name, send }) => {
      calls.push(name);
      await send();
    });
    await operation(createUserStore(client, "Users"));
    return calls;
  };

  it("fail with the SDK's error if DynamoDB throttles a write", async () => {
    const user = await aStoredUser();
    const client = interferingClient(database, async ({ name, send }) => {
      if (name.startsWith("Update")) throw throttled();
      await send();
    });
    const store = createUserStore(client, "Users");
    await expect(store.changePassword(user.userId, "changed", 1, sessionId)).rejects.toThrow("Rate exceeded");
    await expect(store.setStatus(user.userId, "disabled")).rejects.toThrow("Rate exceeded");
    await expect(store.updateDigest(user.userId, "stronger", null)).rejects.toThrow("Rate exceeded");
  });

  it("are as documented", async () => {
    const user = await aStoredUser();
    const { userId, normalizedEmail, email } = user;
    const another = aUser({ email: "calls@example.com" });
    expect(await recordCalls((store) => store.findById(userId))).toEqual(["Get USER"]);
    expect(await recordCalls((store) => store.findByEmail(normalizedEmail))).toEqual(["Get EMAIL", "Get USER"]);
    expect(await recordCalls((store) => store.findByEmail(anEmail("nobody@example.com")))).toEqual(["Get EMAIL"]);
    for (const email of [normalizedEmail, anEmail("nobody@example.com"), undefined]) {
      expect(await recordCalls((store) => store.findForLogin(email))).toEqual(["Get EMAIL", "Get USER"]);
    }
    expect(await recordCalls((store) => store.create(another))).toEqual(["Put USER", "Put EMAIL"]);
    const rejected = ["Put USER", "Put EMAIL", "Get USER", "Delete USER"];
    expect(await recordCalls((store) => store.create(aUser({ email })))).toEqual(rejected);
    expect(await recordCalls((store) => store.updateDigest(userId, "stronger", "x"))).toEqual(["Update USER"]);
    expect(await recordCalls((store) => store.changePassword(userId, "changed", 1, sessionId))).toEqual([
      "Update USER",
    ]);
    expect(await recordCalls((store) => store.setStatus(userId, "disabled"))).toEqual(["Update USER"]);
    expect(await recordCalls((store) => store.deleteUser(userId))).toEqual(["Get USER", "Delete EMAIL", "Delete USER"]);
  });
});
