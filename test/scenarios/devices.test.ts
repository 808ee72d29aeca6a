import { describe, expect } from "vitest";
import { deployedStackUrl } from "../support/deployed-stack.ts";
import { it } from "../support/it.ts";
import type { Service } from "../support/service-process.ts";
import { getClaims } from "../support/session-api.ts";
import { expectAlive, expectDead, expectError } from "./support/expectations.ts";

const FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0";
const IPHONE =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1";

/** The address of this machine, as the service sees the address. */
const ADDRESS = deployedStackUrl === undefined ? "127.0.0.1" : expect.any(String);

let service: Service;

it.beforeAll(({ service: started }) => {
  service = started;
});

/** Creates an account that is signed in on two devices. */
const twoDevices = async () => {
  const account = await service.newAccount();
  return {
    account,
    phone: await service.signIn(account, { deviceName: "Ada's phone", userAgent: IPHONE }),
    desktop: await service.signIn(account, { userAgent: FIREFOX }),
  };
};

const endSession = (bearer: string, sessionId: string) =>
  service.call("DELETE", `/auth/sessions/${sessionId}`, { bearer });
const logoutAll = (bearer: string, body?: unknown) => service.call("POST", "/auth/logout-all", { bearer, body });

describe("the list of sessions", () => {
  it("shows the name, platform, address and last use of each device, and marks the current session", async () => {
    const { phone, desktop } = await twoDevices();
    const response = await service.call("GET", "/auth/sessions", { bearer: phone.access_token });
    expect(response.status).toBe(200);
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(response.body).toEqual({
      sessions: expect.arrayContaining([
        {
          session_id: phone.session_id,
          current: true,
          transport: "bearer",
          created_at: time,
          last_seen_at: time,
          device: { name: "Ada's phone", platform: "Safari on iPhone", user_agent: IPHONE, ip: ADDRESS },
        },
        {
          session_id: desktop.session_id,
          current: false,
          transport: "bearer",
          created_at: time,
          last_seen_at: time,
          device: { platform: "Firefox on Windows", user_agent: FIREFOX, ip: ADDRESS },
        },
      ]),
    });
  });

  it("moves a refreshed session to the top, and omits an expired session", async () => {
    const { phone, desktop } = await twoDevices();
    await service.advance(600);
    const renewed = await service.rotate(phone);
    const ids = async () => (await service.sessions(renewed.access_token)).map(({ session_id }) => session_id);
    expect(await ids()).toEqual([phone.session_id, desktop.session_id]);
    const [seen] = await service.sessions(renewed.access_token);
    expect(
      Date.parse(String(seen?.["last_seen_at"])) - Date.parse(String(seen?.["created_at"])),
    ).toBeGreaterThanOrEqual(600_000);

    await service.logout(desktop.refresh_token);
    expect(await ids()).toEqual([phone.session_id]);
  });

  it("shows only sessions of the caller", async () => {
    const [mine, theirs] = [await twoDevices(), await twoDevices()];
    const listed = (await service.sessions(mine.phone.access_token)).map(({ session_id }) => session_id);
    expect(listed.sort()).toEqual([mine.phone.session_id, mine.desktop.session_id].sort());
    expect(listed).not.toContain(theirs.phone.session_id);
  });
});

describe("one session", () => {
  it("is revoked from another device, whose own session goes on (O3)", async () => {
    const { phone, desktop } = await twoDevices();
    expect(await endSession(phone.access_token, desktop.session_id)).toMatchObject({ status: 204, text: "" });
    await expectDead(service, desktop);
    await expectAlive(service, phone);
  });

  it("can be revoked twice, because the first response may have been lost", async () => {
    const { phone, desktop } = await twoDevices();
    for (const _ of [1, 2])
      expect(await endSession(phone.access_token, desktop.session_id)).toMatchObject({ status: 204 });
  });

  it("can revoke itself (O3)", async () => {
    const { phone, desktop } = await twoDevices();
    expect(await endSession(phone.access_token, phone.session_id)).toMatchObject({ status: 204 });
    await expectDead(service, phone);
    await expectAlive(service, desktop);
  });

  it("of another user is not found, like an unknown id, and goes on (O3)", async () => {
    const { phone } = await twoDevices();
    const { phone: theirs } = await twoDevices();
    const { account: other } = await twoDevices();
    const ids = [theirs.session_id, "nobodys", "%00", "..%2F..%2Fme", "x".repeat(500), other.email];
    for (const id of ids) expectError(await endSession(phone.access_token, id), 404, "not_found");
    await expectAlive(service, theirs);
    await expectAlive(service, phone);
  });
});

describe("logout-all", () => {
  it("revokes every session, including the caller's own (O3)", async () => {
    const { phone, desktop } = await twoDevices();
    expect(await logoutAll(phone.access_token)).toMatchObject({ status: 204, text: "" });
    for (const tokens of [phone, desktop]) await expectDead(service, tokens);
  });

  it("revokes every other session if the caller keeps its own (O3)", async () => {
    const { phone, desktop } = await twoDevices();
    expect(await logoutAll(phone.access_token, { keep_current: true })).toMatchObject({ status: 204, text: "" });
    await expectDead(service, desktop);
    await expectAlive(service, phone);
  });

  it("revokes no session of other users, and the account can log in again (O3)", async () => {
    const { account, phone } = await twoDevices();
    const { phone: theirs } = await twoDevices();
    await logoutAll(phone.access_token);
    await expectAlive(service, theirs);
    await expectAlive(service, await service.signIn(account));
  });

  it("rejects an ambiguous body and revokes nothing", async () => {
    const { phone, desktop } = await twoDevices();
    for (const keep_current of ["true", 1, null, []]) {
      expectError(await logoutAll(phone.access_token, { keep_current }), 400, "invalid_request");
    }
    for (const tokens of [phone, desktop]) await expectAlive(service, tokens);
  });
});

describe("a login", () => {
  it("ignores a session, a token and an address that the client presents (L3, B3)", async () => {
    const { account, phone } = await twoDevices();
    const fixated = await service.call("POST", "/auth/login", {
      bearer: phone.access_token,
      body: {
        ...account,
        session_id: "chosen",
        refresh_token: phone.refresh_token,
        csrf_token: "chosen",
        sid: "chosen",
      },
      headers: { cookie: `__Host-refresh=${phone.refresh_token}; sid=chosen`, "x-forwarded-for": "203.0.113.7" },
    });
    expect(fixated.status).toBe(200);
    const { session_id } = fixated.body as { session_id: string };
    expect(session_id).not.toBe("chosen");
    expect(session_id).not.toBe(phone.session_id);
    const opened = (await service.sessions(phone.access_token)).find((session) => session.session_id === session_id);
    expect(opened?.device["ip"]).toEqual(ADDRESS);
    await expectAlive(service, phone);
  });

  it("sets auth_time, and a refresh keeps it (T2)", async () => {
    const { phone } = await twoDevices();
    await service.advance(3600);
    const later = await service.rotate(phone);
    expect(getClaims(later.access_token)["auth_time"]).toBe(getClaims(phone.access_token)["auth_time"]);
  });
});
