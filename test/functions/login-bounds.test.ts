import { describe, expect } from "vitest";
import { createLogin } from "../../functions/login/handler.ts";
import type { User } from "../../shared/users/user.ts";
import { httpOptions } from "../support/http-options.ts";
import { it } from "../support/it.ts";
import { PASSWORD, sessionLibrary } from "../support/session-library.ts";
import { call } from "./call.ts";

let login: ReturnType<typeof createLogin>;
let user: User;
it.beforeAll(async ({ database }) => {
  const library = sessionLibrary(database);
  login = createLogin(library.dependencies, httpOptions);
  user = await library.signUp();
});

const send = (changes: Readonly<Record<string, unknown>>) =>
  call(login, { body: { email: user.email, password: PASSWORD, ...changes } });

describe("a member of a login's body", () => {
  it.each([
    ["email", 1024, 401],
    ["device_token", 1024, 200],
    ["device_name", 100, 200],
  ])("`%s` has at most %i characters (L4, E1)", async (name, max, statusAtMost) => {
    expect((await send({ [name]: "x".repeat(max) })).status).toBe(statusAtMost);
    const tooLong = await send({ [name]: "x".repeat(max + 1) });
    expect(tooLong).toMatchObject({ status: 400, body: { error: "invalid_request" } });
    expect(tooLong.body?.["error_description"]).toContain(name);
  });
});
