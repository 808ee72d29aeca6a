import { describe, expect } from "vitest";
import { createPassword } from "../../functions/password/handler.ts";
import { createRegister } from "../../functions/register/handler.ts";
import { randomIds } from "../../shared/ids.ts";
import { hashPassword } from "../../shared/passwords/hash-password.ts";
import { httpOptions } from "../support/http-options.ts";
import { it } from "../support/it.ts";
import { getTokens, PASSWORD, type SessionLibrary, sessionLibrary } from "../support/session-library.ts";
import { call } from "./call.ts";

let library: SessionLibrary;

it.beforeEach(({ database }) => {
  library = sessionLibrary(database);
});

/** Of 256 code points in NFC, and of more as it is typed; with one more it is too long. */
const LONGEST = `${Array.from({ length: 146 }, (_, index) => String.fromCodePoint(0x4e00 + ((index * 29) % 146))).join("")}${"e\u0301".repeat(110)}`;

const changePassword = async (current_password: string, new_password: string) => {
  const { session } = getTokens(await library.logIn(await library.signUp()));
  return call(createPassword(library.dependencies, httpOptions), {
    path: "/auth/password",
    authorizer: { sub: session.userId, sid: session.sessionId },
    headers: { Authorization: "Bearer token" },
    body: { current_password, new_password },
  });
};

describe("the longest password, counted after normalization,", () => {
  it("is the current one of a password change (P2)", async () => {
    expect(await changePassword(LONGEST, "nine patient otters")).toMatchObject({ status: 403 });
    expect(await changePassword(`${LONGEST}x`, "nine patient otters")).toMatchObject({
      status: 400,
      body: { error: "invalid_request", error_description: expect.stringContaining("current_password") },
    });
  });

  it("is the new one of a password change (P2)", async () => {
    expect(await changePassword(PASSWORD, LONGEST)).toMatchObject({ status: 200 });
    expect(await changePassword(PASSWORD, `${LONGEST}x`)).toMatchObject({
      status: 400,
      body: { error: "invalid_password", error_description: expect.stringContaining("at most 256") },
    });
  });

  it("registers (P2)", async () => {
    const hash = (password: string) => hashPassword(password, library.ring(), { cost: 4 });
    const handler = createRegister({ ...library.dependencies, hash }, httpOptions);
    const register = (password: string) =>
      call(handler, { path: "/auth/register", body: { email: `user-${randomIds.userId()}@example.com`, password } });
    expect(await register(LONGEST)).toMatchObject({ status: 201 });
    expect(await register(`${LONGEST}x`)).toMatchObject({ status: 400, body: { error: "invalid_password" } });
  });
});
