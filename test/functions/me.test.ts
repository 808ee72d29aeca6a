import { describe, expect, it } from "vitest";
import { createMe } from "../../functions/me/handler.ts";
import type { UserId } from "../../shared/ids.ts";
import { normalizeEmail } from "../../shared/users/email.ts";
import type { User } from "../../shared/users/user.ts";
import { httpOptions } from "../support/http-options.ts";
import { NOW } from "../support/time.ts";
import { call } from "./call.ts";

const email = normalizeEmail("jane@example.com");
if (email === undefined) throw new Error("no address");
const jane: User = {
  userId: "jane" as UserId,
  email: "Jane@Example.com",
  normalizedEmail: email,
  name: "Jane",
  roles: ["member"],
  status: "active",
  credentialVersion: 1,
  createdAt: NOW,
  passwordDigest: "$2b$12$digest",
};

const me = (user: User | undefined, context: Record<string, unknown> | undefined = { sub: "jane", sid: "session" }) => {
  const asked: string[] = [];
  const findById = async (id: UserId) => {
    asked.push(id);
    return user;
  };
  const headers = { "X-User-Id": "admin", sub: "admin" };
  const request = {
    method: "GET",
    path: "/auth/me",
    headers,
    ...(context === undefined ? {} : { authorizer: context }),
  };
  return call(createMe({ users: { findById } }, httpOptions), request).then((response) => ({ ...response, asked }));
};

describe("GET /auth/me", () => {
  it("responds with the public members of the user whom the authorizer names (A6, S1)", async () => {
    const { status, body, asked } = await me(jane);
    expect([status, asked]).toEqual([200, ["jane"]]);
    expect(body).toEqual({
      user: {
        id: "jane",
        email: "Jane@Example.com",
        name: "Jane",
        roles: ["member"],
        created_at: "2027-01-15T08:00:00Z",
      },
    });
  });

  it.each([
    ["gone", undefined],
    ["disabled", { ...jane, status: "disabled" as const }],
  ])("is 401 when the account is %s though the token lives on", async (_case, user) => {
    expect(await me(user)).toMatchObject({ status: 401, body: { error: "invalid_token" } });
  });

  it("is 500 and reads nothing on a route that somebody left without the authorizer (A6)", async () => {
    for (const context of [undefined, {}, { sub: "", sid: "session" }, { principalId: "jane" }]) {
      const { status, asked } = context === undefined ? await meWithoutAuthorizer() : await me(jane, context);
      expect([status, asked]).toEqual([500, []]);
    }
  });
});

const meWithoutAuthorizer = async () => {
  const asked: string[] = [];
  const findById = async (id: UserId) => {
    asked.push(id);
    return jane;
  };
  const response = await call(createMe({ users: { findById } }, httpOptions), { method: "GET", path: "/auth/me" });
  return { ...response, asked };
};
