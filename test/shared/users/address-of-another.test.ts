import { PutCommand } from "@aws-sdk/lib-dynamodb";
import { expect } from "vitest";
import { claimKey } from "../../../shared/users/user-row.ts";
import { createUserStore } from "../../../shared/users/user-store.ts";
import { it } from "../../support/it.ts";
import { aUser } from "./a-user.ts";

it("the deletion of an account does not free an address that names another account by now (S4)", async ({
  database,
}) => {
  const users = createUserStore(database.documentClient, database.tableNames.users);
  const [deleted, owner] = [aUser({ email: "jane@example.com" }), aUser({ email: "owner@example.com" })];
  await users.create(deleted);
  await users.create(owner);
  const claim = { ...claimKey(deleted.normalizedEmail), userId: owner.userId };
  await database.documentClient.send(new PutCommand({ TableName: database.tableNames.users, Item: claim }));
  expect(await users.deleteUser(deleted.userId)).toBe(true);
  expect(await users.findById(deleted.userId)).toBeUndefined();
  expect((await users.findByEmail(deleted.normalizedEmail))?.userId).toBe(owner.userId);
});
