import { describe, expect } from "vitest";
import { it } from "../support/it.ts";
import type { Service } from "../support/service-process.ts";
import { anAccount, getTokens } from "../support/session-api.ts";
import { expectChallenge, expectError } from "./support/expectations.ts";

let service: Service;

it.beforeAll(({ service: started }) => {
  service = started;
});

describe("the first steps of a client", () => {
  const account = { ...anAccount(), name: "Ada" };

  it("go from registration to logout, and no token works afterwards (R2, O2, A1)", async () => {
    const registered = await service.register(account);
    expect(registered.status).toBe(201);
    expect(registered.body).toEqual({
      user: {
        id: expect.any(String),
        email: account.email,
        name: "Ada",
        roles: [],
        created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      },
    });

    const login = await service.login(account);
    expect(login.status).toBe(200);
    expect(login.body).toEqual({
      access_token: expect.any(String),
      token_type: "Bearer",
      expires_in: 900,
      refresh_token: expect.any(String),
      refresh_expires_in: 604_800,
      session_id: expect.any(String),
      device_token: expect.any(String),
      ...(registered.body as object),
    });
    const first = getTokens(login);
    expect(await service.me(first.access_token)).toMatchObject({ status: 200, body: registered.body });

    const refreshed = await service.refresh(first.refresh_token);
    expect(refreshed.status).toBe(200);
    const second = getTokens(refreshed);
    expect(second.session_id).toBe(first.session_id);
    expect(second.refresh_token).not.toBe(first.refresh_token);
    expect(await service.me(second.access_token)).toMatchObject({ status: 200, body: registered.body });

    const loggedOut = await service.logout(second.refresh_token);
    expect(loggedOut).toMatchObject({ status: 204, text: "" });

    expectError(await service.refresh(second.refresh_token), 401, "invalid_grant");
    for (const { access_token } of [first, second]) expectChallenge(await service.me(access_token));
  });

  it("can be repeated: each login opens a new session (L3)", async () => {
    const [one, other] = [await service.signIn(account), await service.signIn(account)];
    expect(one.session_id).not.toBe(other.session_id);
    expect(await service.me(other.access_token)).toMatchObject({ status: 200 });
  });
});
