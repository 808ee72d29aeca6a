import { describe, expect } from "vitest";
import { createLogin } from "../../functions/login/handler.ts";
import { createPassword } from "../../functions/password/handler.ts";
import { createSessions } from "../../functions/sessions/handler.ts";
import { disableUser, enableUser } from "../../shared/accounts/administer-user.ts";
import type { User } from "../../shared/users/user.ts";
import { httpOptions } from "../support/http-options.ts";
import { it } from "../support/it.ts";
import { caller, getTokens, PASSWORD, type SessionLibrary, sessionLibrary } from "../support/session-library.ts";
import { loginLimits } from "../support/throttle.ts";
import { call } from "./call.ts";

const NEW_PASSWORD = "another battery, another staple";

let library: SessionLibrary;
let user: User;
let login: ReturnType<typeof createLogin>;

it.beforeEach(async ({ database }) => {
  library = sessionLibrary(database);
  user = await library.signUp();
  login = createLogin({ ...library.dependencies, loginLimits }, httpOptions);
});

const logIn = (password: string, ip: number, deviceToken?: unknown) => {
  const body = {
    email: user.email,
    password,
    ...(deviceToken === undefined ? {} : { device_token: String(deviceToken) }),
  };
  return call(login, { body, ip: `198.51.100.${ip}` });
};
/** Wrong passwords of unknown devices, until the account lets none of those in. */
const lockOut = async (): Promise<void> => {
  for (let ip = 1; ip <= loginLimits.guessing.failuresBeforeBackoff; ip++) await logIn("not the password", ip);
  expect((await logIn(PASSWORD, 99)).status).toBe(429);
};
const asSession = async (password = PASSWORD) => {
  const { session } = getTokens(await library.logIn(user, password));
  return { authorizer: { sub: user.userId, sid: session.sessionId } };
};
const changePassword = async () =>
  call(createPassword(library.dependencies, httpOptions), {
    ...(await asSession()),
    body: { current_password: PASSWORD, new_password: NEW_PASSWORD },
  });

describe("the device token of a login", () => {
  it("lets its holder in while others have locked the account (B4)", async () => {
    const { body } = await logIn(PASSWORD, 1);
    await lockOut();
    expect((await logIn(PASSWORD, 99, body?.["device_token"])).status).toBe(200);
  });

  it("is worth nothing after a password change, which gives its own device another one (O4, B4)", async () => {
    const { body: before } = await logIn(PASSWORD, 1);
    const { status, body: changed } = await changePassword();
    expect(status).toBe(200);
    await lockOut();
    expect((await logIn(NEW_PASSWORD, 99, before?.["device_token"])).status).toBe(429);
    expect((await logIn(NEW_PASSWORD, 99, changed?.["device_token"])).status).toBe(200);
  });

  it.each([false, true])(
    "is worth nothing after a logout-all that keeps the session: %s (O3, O4)",
    async (keep_current) => {
      const { body: before } = await logIn(PASSWORD, 1);
      const logoutAll = { ...(await asSession()), method: "POST", path: "/auth/logout-all", body: { keep_current } };
      expect((await call(createSessions(library.dependencies, httpOptions), logoutAll)).status).toBe(204);
      const { body: after } = await logIn(PASSWORD, 1);
      await lockOut();
      expect((await logIn(PASSWORD, 99, before?.["device_token"])).status).toBe(429);
      expect((await logIn(PASSWORD, 99, after?.["device_token"])).status).toBe(200);
    },
  );

  it("is worth nothing after a disablement (O4)", async () => {
    const { body } = await logIn(PASSWORD, 1);
    await disableUser(library.dependencies, user.userId, caller);
    await enableUser(library.dependencies, user.userId, caller);
    await lockOut();
    expect((await logIn(PASSWORD, 99, body?.["device_token"])).status).toBe(429);
  });
});
