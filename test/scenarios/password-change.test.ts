import { beforeAll, describe, expect } from "vitest";
import { describeWithOwnService } from "../support/deployed-stack.ts";
import { it } from "../support/it.ts";
import { type Service, startService } from "../support/service-process.ts";
import { type Account, getTokens, type Tokens } from "../support/session-api.ts";
import { expectAlive, expectChallenge, expectDead, expectError, expectNoRefresh } from "./support/expectations.ts";

const MINUTE = 60;
const NEW_PASSWORD = "nine patient otters";

/** Creates an account that is signed in on three devices. The first device changes the password later. */
const threeDevices = async (service: Service) => {
  const account = await service.newAccount();
  return {
    account,
    phone: await service.signIn(account, { deviceName: "phone" }),
    laptop: await service.signIn(account, { deviceName: "laptop" }),
    tablet: await service.signIn(account, { deviceName: "tablet" }),
  };
};

const expectAllowed = async (service: Service, ...devices: readonly Tokens[]): Promise<void> => {
  for (const { access_token } of devices) expect(await service.me(access_token)).toMatchObject({ status: 200 });
};

const change = async (service: Service, account: Account, tokens: Tokens): Promise<Tokens> =>
  getTokens(await service.changePassword(tokens.access_token, account, NEW_PASSWORD));

describeWithOwnService("tries each revocation mode").each([
  { revocationMode: "lookup", promise: "at once", seconds: 0, goodUntilThen: false },
  { revocationMode: "feed", promise: "within five seconds", seconds: 5, goodUntilThen: false },
  { revocationMode: "stateless", promise: "when the token ends", seconds: 905, goodUntilThen: true },
])(
  "a password change, where revocation is by $revocationMode",
  ({ revocationMode, promise, seconds, goodUntilThen }) => {
    let service: Service;

    beforeAll(async () => {
      service = await startService({ settings: { revocationMode } });
    });

    it(`revokes every other session: refreshes are rejected at once, and requests ${promise} (P7, O3, O2, O4)`, async () => {
      const { account, phone, laptop, tablet } = await threeDevices(service);
      // Every authorizer has just read the revocations.
      await expectAllowed(service, phone, laptop, tablet);

      const renewed = await change(service, account, phone);
      expect(renewed.session_id).toBe(phone.session_id);
      for (const tokens of [laptop, tablet]) await expectNoRefresh(service, tokens);

      if (goodUntilThen) {
        await service.advance(seconds - MINUTE);
        await expectAllowed(service, laptop, tablet);
        await service.advance(MINUTE);
      } else {
        await service.advance(seconds);
      }
      for (const { access_token } of [laptop, tablet]) expectChallenge(await service.me(access_token));

      // The previous access token of the same device is rejected too (O4).
      expectChallenge(await service.me(phone.access_token));
      // The device that changed the password goes on. If its access token has expired, it refreshes.
      await expectAlive(service, await service.rotate(renewed));
    });

    it(`also applies to theft: after the theft was noticed, requests are rejected ${promise} (R3, O2)`, async () => {
      const { phone, laptop } = await threeDevices(service);
      const second = await service.rotate(phone);
      const third = await service.rotate(second);
      await expectAllowed(service, third);
      await expectNoRefresh(service, phone);
      await service.advance(seconds);
      for (const { access_token } of [third, second]) expectChallenge(await service.me(access_token));
      expect(await service.refresh(laptop.refresh_token)).toMatchObject({ status: 200 });
    });
  },
);

describe("a password change", () => {
  let service: Service;

  it.beforeAll(({ service: started }) => {
    service = started;
  });

  it("makes the new password valid and the old password invalid (P7)", async () => {
    const { account, phone } = await threeDevices(service);
    await change(service, account, phone);
    expectError(await service.login(account), 401, "invalid_credentials");
    expect(await service.login({ ...account, password: NEW_PASSWORD })).toMatchObject({ status: 200 });
  });

  it("rotates the refresh token of its session (P7, R3)", async () => {
    const { account, phone } = await threeDevices(service);
    const renewed = await change(service, account, phone);
    expect(renewed.refresh_token).not.toBe(phone.refresh_token);
    const next = await service.rotate(renewed);
    await expectNoRefresh(service, phone);
    await expectDead(service, next);
  });

  it("needs the current password, and revokes nothing without it (P7)", async () => {
    const { account, phone, laptop } = await threeDevices(service);
    const wrong = { ...account, password: "not the password at all" };
    expectError(await service.changePassword(phone.access_token, wrong, NEW_PASSWORD), 403, "wrong_password");
    await expectAlive(service, laptop);
    await expectAlive(service, phone);
    expect(await service.login(account)).toMatchObject({ status: 200 });
  });

  it("rejects the passwords that registration rejects (P1, P5)", async () => {
    const { account, phone } = await threeDevices(service);
    for (const unfit of ["too short", account.email, "aaaaaaaaaaaaaaaaaaaa", "x".repeat(257)]) {
      expectError(await service.changePassword(phone.access_token, account, unfit), 400, "invalid_password");
    }
    await expectAlive(service, phone);
  });

  it("needs a session (A1)", async () => {
    const { account } = await threeDevices(service);
    expectChallenge(await service.changePassword("no token", account, NEW_PASSWORD));
    expect(await service.login(account)).toMatchObject({ status: 200 });
  });

  it("whose response was lost is recovered by a refresh with its Idempotency-Key, and can then be repeated (R5, P7, O4)", async () => {
    const { account, phone } = await threeDevices(service);
    const key = "made-by-the-client-1";
    const ask = ({ access_token }: Tokens) =>
      service.call("POST", "/auth/password", {
        bearer: access_token,
        headers: { "idempotency-key": key },
        body: { current_password: account.password, new_password: NEW_PASSWORD },
      });
    const lost = getTokens(await ask(phone));
    // Since the change, the access token that made it is rejected.
    expectChallenge(await ask(phone));
    const refreshed = await service.rotate(phone, key);
    expect(refreshed.refresh_token).toBe(lost.refresh_token);
    expect(getTokens(await ask(refreshed)).refresh_token).toBe(lost.refresh_token);
    await service.advance(3600);
    expect((await service.rotate(phone, key)).refresh_token).toBe(lost.refresh_token);
    await expectAlive(service, await service.rotate(lost));
  });

  it("does not revoke the session of a client without a key that repeats its refresh after a 503 (R10)", async () => {
    const { account, phone } = await threeDevices(service);
    const renewed = await change(service, account, phone);
    expectError(await service.refresh(phone.refresh_token), 503, "temporarily_unavailable");
    await service.advance(31);
    expectError(await service.refresh(phone.refresh_token), 401, "invalid_grant");
    await expectAlive(service, await service.rotate(renewed));
  });
});
