import { PutCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, expect, it } from "vitest";
import { claimKey } from "../../../shared/users/user-row.ts";
import { createUserStore, type UserStore } from "../../../shared/users/user-store.ts";
import { startDynamoDb, type TestDynamoDb } from "../../support/dynamodb.ts";
import { aUser } from "./a-user.ts";

let database: TestDynamoDb;
let users: UserStore;
beforeAll(async () => {
  database = await startDynamoDb();
  users = createUserStore(database.documentClient, database.tableNames.users);
});
afterAll(() => database.stop());

it("the deletion of an account does not free an address that names another account by now (S4)", async () => {
  const [deleted, owner] = [aUser({ email: "jane@example.com" }), aUser({ email: "owner@example.com" })];
  await users.create(deleted);
  await users.create(owner);
  const claim = { ...claimKey(deleted.normalizedEmail), userId: owner.userId };
  await database.documentClient.send(new PutCommand({ TableName: database.tableNames.users, Item: claim }));
  expect(await users.deleteUser(deleted.userId)).toBe(true);
  expect(await users.findById(deleted.userId)).toBeUndefined();
  expect((await users.findByEmail(deleted.normalizedEmail))?.userId).toBe(owner.userId);
});
