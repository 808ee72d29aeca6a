import { describe, expect } from "vitest";
import { createLogin } from "../../functions/login/handler.ts";
import { createRegister } from "../../functions/register/handler.ts";
import { randomIds } from "../../shared/ids.ts";
import { hashPassword } from "../../shared/passwords/hash-password.ts";
import type { RequestBody } from "../support/http-events.ts";
import { httpOptions } from "../support/http-options.ts";
import { it } from "../support/it.ts";
import { PASSWORD, type SessionLibrary, sessionLibrary } from "../support/session-library.ts";
import { call } from "./call.ts";

let library: SessionLibrary;

it.beforeEach(({ database }) => {
  library = sessionLibrary(database);
});

const register = (body: RequestBody, registration: "open" | "closed" = "open") => {
  const hash = (password: string) => hashPassword(password, library.ring(), { cost: 4 });
  const handler = createRegister({ ...library.dependencies, registration, hash }, httpOptions);
  return call(handler, { path: "/auth/register", body });
};

const newAddress = () => `user-${randomIds.userId()}@example.com`;

describe("a registration", () => {
  it("responds with the account, without tokens and without the password (S1)", async () => {
    const email = newAddress();
    const response = await register({ email, password: PASSWORD, name: "Jane" });
    expect(response).toMatchObject({ status: 201, headers: { "Cache-Control": "no-store" } });
    expect(response.body).toEqual({
      user: {
        id: expect.stringMatching(/^[\w-]{22}$/),
        email,
        name: "Jane",
        roles: [],
        created_at: "2027-01-15T08:00:00Z",
      },
    });
  });

  it("takes no role, id or status from the request", async () => {
    const email = newAddress();
    const wanted = { roles: ["admin"], userId: "me", id: "me", status: "active", credentialVersion: 99 };
    const response = await register({ email, password: PASSWORD, ...wanted });
    expect(response.body).toMatchObject({ user: { roles: [] } });
    expect(JSON.stringify(response.body)).not.toMatch(/admin|"me"/);
  });

  it("takes an address with as much white space around it as a login takes, and no more", async () => {
    const logIn = (email: string) =>
      call(createLogin(library.dependencies, httpOptions), {
        path: "/auth/login",
        body: { email, password: PASSWORD },
      });
    const longest = newAddress().padEnd(1024);
    expect(await register({ email: longest, password: PASSWORD })).toMatchObject({ status: 201 });
    expect(await logIn(longest)).toMatchObject({ status: 200 });
    const tooLong = newAddress().padEnd(1025);
    for (const response of [await register({ email: tooLong, password: PASSWORD }), await logIn(tooLong)]) {
      expect(response).toMatchObject({ status: 400, body: { error: "invalid_request" } });
    }
  });

  it("is 409 for a known address, in any spelling that is the same (S4)", async () => {
    const email = newAddress();
    await register({ email, password: PASSWORD });
    const again = await register({ email: ` ${email.toUpperCase()} `, password: PASSWORD });
    expect(again).toMatchObject({ status: 409, body: { error: "account_exists" } });
  });

  it.each([
    ["the password is too short", { password: "short" }, 400, "invalid_password"],
    ["the password is common", { password: "passwordpassword" }, 400, "invalid_password"],
    ["the password is above 256 code points", { password: "x".repeat(257) }, 400, "invalid_password"],
    ["the text is not an address", { email: "nobody" }, 400, "invalid_request"],
    ["the name is above 200 characters", { name: "x".repeat(201) }, 400, "invalid_request"],
    ["the password is a number", { password: 123_456_789_012_345 }, 400, "invalid_request"],
    ["the address is an object", { email: { $gt: "" } }, 400, "invalid_request"],
    ["the name is an array", { name: ["x"] }, 400, "invalid_request"],
  ])("is rejected if %s (L4, P1, P2, P5)", async (_case, changes, status, error) => {
    expect(await register({ email: newAddress(), password: PASSWORD, ...changes })).toMatchObject({
      status,
      body: { error },
    });
  });

  it("does not repeat the password in the rejection (G1)", async () => {
    const { comparable } = await register({ email: newAddress(), password: "hunter2" });
    expect(comparable).not.toContain("hunter2");
  });

  it("is 403 where accounts are not created here, known address or not", async () => {
    const email = newAddress();
    await register({ email, password: PASSWORD });
    const known = await register({ email, password: PASSWORD }, "closed");
    const unknown = await register({ email: newAddress(), password: PASSWORD }, "closed");
    expect(known).toMatchObject({ status: 403, body: { error: "registration_closed" } });
    expect(unknown.comparable).toBe(known.comparable);
  });
});
