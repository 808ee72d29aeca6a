import { describe, expect, vi } from "vitest";
import { type RegisterDependencies, registerUser } from "../../../shared/accounts/register-user.ts";
import { randomIds } from "../../../shared/ids.ts";
import { createUserStore } from "../../../shared/users/user-store.ts";
import type { TestDynamoDb } from "../../support/dynamodb.ts";
import { it } from "../../support/it.ts";
import { anEmail, aTime } from "../users/a-user.ts";

let database: TestDynamoDb;
let dependencies: RegisterDependencies;
const hash = vi.fn(async (password: string) => `digest of ${password}`);

it.beforeAll(({ database: started }) => {
  database = started;
  dependencies = {
    users: createUserStore(database.documentClient, database.tableNames.users),
    clock: () => aTime(1_750_000_000),
    ids: randomIds,
    hash,
    policy: { minLength: 15, serviceName: "Latchkey" },
  };
});

const password = "seven tame owls at noon";

it("a registration creates an active account with the normalized address", async () => {
  const outcome = await registerUser(dependencies, { email: " Owl@Example.com ", password, name: " Olga " });
  const user = {
    userId: expect.any(String),
    email: "Owl@Example.com",
    normalizedEmail: "owl@example.com",
    name: "Olga",
    roles: [],
    status: "active",
    credentialVersion: 1,
    createdAt: 1_750_000_000,
    passwordDigest: `digest of ${password}`,
  };
  expect(outcome).toEqual({ outcome: "registered", user });
  expect(await dependencies.users.findByEmail(anEmail("owl@example.com"))).toEqual(user);
});

it("a registration with a name of spaces creates an account without a name", async () => {
  const outcome = await registerUser(dependencies, { email: "nameless@example.com", password, name: "  " });
  expect(outcome).toMatchObject({
    outcome: "registered",
    user: expect.not.objectContaining({ name: expect.anything() }),
  });
});

describe("a registration hashes no password", () => {
  const outcomeWithoutHash = async (email: string, chosen: string) => {
    hash.mockClear();
    const outcome = await registerUser(dependencies, { email, password: chosen });
    expect(hash).not.toHaveBeenCalled();
    return outcome;
  };

  it("for a text that is no address", async () => {
    expect(await outcomeWithoutHash("owl", password)).toEqual({ outcome: "invalid_email" });
  });

  it.each([
    ["too_short", "P1", "too short"],
    ["too_long", "P2", "x".repeat(257)],
    ["common", "P5", "qwertyuiop12345"],
    ["contains_email", "P5", "a heron at the pond"],
    ["contains_service_name", "P5", "my latchkey phrase"],
  ])("for a password that the policy rejects, and returns the reason: %s (%s)", async (reason, _, chosen) => {
    const outcome = await outcomeWithoutHash("heron@example.com", chosen);
    expect(outcome).toEqual({ outcome: "password_rejected", reason, description: expect.any(String) });
  });

  it("for an address that has an account, in any spelling", async () => {
    await registerUser(dependencies, { email: "taken@example.com", password });
    expect(await outcomeWithoutHash("TAKEN@EXAMPLE.COM", password)).toEqual({ outcome: "account_exists" });
  });
});

it("20 parallel registrations of one address create one account (S4)", async () => {
  const outcomes = await Promise.all(
    Array.from({ length: 20 }, () => registerUser(dependencies, { email: "race@example.com", password })),
  );
  const registered = outcomes.filter(({ outcome }) => outcome === "registered");
  expect(registered).toHaveLength(1);
  expect(outcomes.filter(({ outcome }) => outcome === "account_exists")).toHaveLength(19);
  const found = await dependencies.users.findByEmail(anEmail("race@example.com"));
  expect(registered[0]).toMatchObject({ user: found });
});
