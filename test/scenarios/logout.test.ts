import { describe, expect } from "vitest";
import { it } from "../support/it.ts";
import { type Service, startService } from "../support/service-process.ts";
import type { Account, ApiResponse, Tokens } from "../support/session-api.ts";
import { expectAlive, expectChallenge, expectDead, expectNoRefresh, SECURITY_HEADERS } from "./support/expectations.ts";

let service: Service;
let account: Account;

it.beforeAll(async ({ service: started }) => {
  service = started;
  account = await service.newAccount();
});

const signIn = (): Promise<Tokens> => service.signIn(account);

/** The parts of a response by which a client can distinguish responses. */
const fingerprint = ({ status, headers, text }: ApiResponse) => ({
  status,
  text,
  headerNames: [...headers.keys()].sort(),
});

describe("logout", () => {
  it("revokes the session at once: its refresh token, and its access token with revocation by lookup (O2)", async () => {
    const tokens = await signIn();
    const response = await service.logout(tokens.refresh_token);
    expect(response).toMatchObject({ status: 204, text: "" });
    expect(Object.fromEntries(response.headers)).toMatchObject(SECURITY_HEADERS);
    await expectDead(service, tokens);
  });

  it("accepts the access token of the session (O2)", async () => {
    const tokens = await signIn();
    expect(await service.call("POST", "/auth/logout", { bearer: tokens.access_token })).toMatchObject({ status: 204 });
    await expectDead(service, tokens);
  });

  it("accepts any genuine refresh token of the session, also a rotated-away token (O1)", async () => {
    const first = await signIn();
    const third = await service.rotate(await service.rotate(first));
    expect(await service.logout(first.refresh_token)).toMatchObject({ status: 204 });
    await expectDead(service, third);
  });

  it("accepts an expired refresh token (O1)", async () => {
    const first = await signIn();
    await service.advance(6 * 86_400);
    const second = await service.rotate(first);
    await service.advance(2 * 86_400);
    expect(await service.logout(first.refresh_token)).toMatchObject({ status: 204 });
    await expectNoRefresh(service, second);
  });

  it("responds the same to every token, and revokes no other session (O1)", async () => {
    const [ended, bystander] = [await signIn(), await signIn()];
    const expected = fingerprint(await service.logout(ended.refresh_token));
    const [head, claims] = bystander.refresh_token.split(".");
    const unknown: Record<string, unknown> = {
      "a token of a revoked session": ended.refresh_token,
      "a token with the signature of another token": `${head}.${claims}.${ended.refresh_token.split(".")[2]}`,
      "a token without a signature": `${head}.${claims}.`,
      "an access token": bystander.access_token,
      nothing: undefined,
      "an empty text": "",
      "a word": "token",
      "a number": 7,
      null: null,
      "a list": [bystander.refresh_token],
      "an object": { token: bystander.refresh_token },
    };
    for (const [what, refresh_token] of Object.entries(unknown)) {
      const response = await service.call("POST", "/auth/logout", { body: { refresh_token } });
      expect({ what, ...fingerprint(response) }).toEqual({ what, ...expected });
    }
    await expectAlive(service, bystander);
  });

  it("responds the same without a body and for a rejected access token (O1)", async () => {
    const tokens = await signIn();
    const expected = fingerprint(await service.logout(tokens.refresh_token));
    expect(fingerprint(await service.call("POST", "/auth/logout"))).toEqual(expected);
    for (const bearer of [tokens.access_token, "junk", "a.b.c"]) {
      expect(fingerprint(await service.call("POST", "/auth/logout", { bearer }))).toEqual(expected);
    }
  });

  it("with a token of another service revokes nothing there (O1)", async () => {
    const elsewhere = await startService();
    const theirs = await elsewhere.signIn(await elsewhere.newAccount());
    expect(await service.logout(theirs.refresh_token)).toMatchObject({ status: 204 });
    expectChallenge(await service.me(theirs.access_token));
    await expectAlive(elsewhere, theirs);
  });

  it("is final: after a later refresh, retry or logout the session is still revoked (O2, R9)", async () => {
    const first = await signIn();
    const second = await service.rotate(first, "made-by-the-client-1");
    await service.logout(second.refresh_token);
    await expectNoRefresh(service, first, "made-by-the-client-1");
    await service.logout(second.refresh_token);
    await service.advance(8 * 86_400);
    await expectDead(service, second);
  });
});
