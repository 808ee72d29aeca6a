import { expect, it } from "vitest";
import { toPublicUser } from "../../../shared/users/user.ts";
import { fromUserRow, toUserRow } from "../../../shared/users/user-row.ts";
import { aTime, aUser } from "./a-user.ts";

it("the response contains only the attributes that the owner may see", () => {
  const user = aUser({ email: "Jane@Example.com", name: "Jane", roles: ["admin"], createdAt: aTime(1_750_000_000) });
  expect(toPublicUser(user)).toEqual({
    id: user.userId,
    email: "Jane@Example.com",
    name: "Jane",
    roles: ["admin"],
    created_at: "2025-06-15T15:06:40Z",
  });
});

it("the response has no name if the account has none", () => {
  expect(toPublicUser(aUser())).not.toHaveProperty("name");
});

it.each([
  ["with a name", aUser({ name: "Jane" })],
  ["without a name", aUser()],
  ["without a digest", aUser({ passwordDigest: null })],
  ["disabled", aUser({ status: "disabled", credentialVersion: 7, roles: ["admin", "editor"] })],
])("a user %s is the same after it was written to a row and read", (_, user) => {
  expect(fromUserRow(toUserRow(user))).toEqual(user);
});

it.each([undefined, 42, { hash: "x" }])("a row with the digest %j is an account without a digest (P6)", (digest) => {
  expect(fromUserRow({ ...toUserRow(aUser()), passwordDigest: digest }).passwordDigest).toBeNull();
});

it.each([
  ["status", "gone"],
  ["credentialVersion", "1"],
  ["createdAt", 1.5],
  ["roles", "admin"],
  ["userId", undefined],
])("a row whose %s is %j is rejected, and the error shows no value", (attribute, value) => {
  const row = { ...toUserRow(aUser()), [attribute]: value };
  expect(() => fromUserRow(row)).toThrow("A user row is malformed");
});
