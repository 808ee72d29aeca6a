import { describe, expect } from "vitest";
import { it } from "../support/it.ts";
import type { Service } from "../support/service-process.ts";
import { type Account, getClaims, type Tokens } from "../support/session-api.ts";
import { expectAlive, expectDead, expectError, expectNoRefresh } from "./support/expectations.ts";

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The Idempotency-Key. A client creates the key when it receives a token, and sends the key with every attempt to refresh that token. */
const KEY = "made-by-the-client-1";

let service: Service;
let account: Account;

it.beforeAll(async ({ service: started }) => {
  service = started;
  account = await service.newAccount();
});

const signIn = (): Promise<Tokens> => service.signIn(account);

describe("a refresh", () => {
  it("rotates the token each time, in a chain of ten (R2)", async () => {
    const chain = [await signIn()];
    for (let last = chain[0]; last !== undefined && chain.length <= 10; last = chain.at(-1)) {
      chain.push(await service.rotate(last));
    }
    expect(new Set(chain.map((tokens) => tokens.refresh_token)).size).toBe(11);
    expect(new Set(chain.map((tokens) => tokens.session_id)).size).toBe(1);
    for (const { access_token } of chain) expect(await service.me(access_token)).toMatchObject({ status: 200 });
  });

  it("issues tokens with unique ids of at least 128 bits (R1)", async () => {
    const first = await signIn();
    const tokens = [first, await service.rotate(first), await signIn()];
    const ids = tokens.flatMap((each) => [getClaims(each.access_token)["jti"], getClaims(each.refresh_token)["jti"]]);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(Buffer.from(String(id), "base64url").length).toBeGreaterThanOrEqual(16);
  });

  it("reads the token from the body and never from the URL (R1)", async () => {
    const tokens = await signIn();
    const inUrl = await service.call("POST", `/auth/refresh?refresh_token=${tokens.refresh_token}`, { body: {} });
    expectError(inUrl, 401, "invalid_grant");
    await expectAlive(service, tokens);
  });

  it("is rejected for a token that this service did not issue, and changes nothing", async () => {
    const tokens = await signIn();
    const [head, claims, signature = ""] = tokens.refresh_token.split(".");
    const forged = `${head}.${claims}.${signature.replace(/^./, (first) => (first === "A" ? "B" : "A"))}`;
    for (const token of [forged, tokens.access_token, "", "no token", "a.b.c"]) {
      expectError(await service.refresh(token), 401, "invalid_grant");
    }
    await expectAlive(service, tokens);
  });
});

describe("a refresh whose response was lost", () => {
  it("returns the same successor, byte for byte, within the replay window (R5)", async () => {
    const tokens = await signIn();
    const lost = await service.rotate(tokens);
    await service.advance(15);
    const again = await service.rotate(tokens);
    expect(again.refresh_token).toBe(lost.refresh_token);
    expect(again.session_id).toBe(lost.session_id);
    await expectAlive(service, again);
  });

  it("returns the same successor, byte for byte, an hour later with its Idempotency-Key (R5)", async () => {
    const tokens = await signIn();
    const lost = await service.rotate(tokens, KEY);
    await service.advance(HOUR);
    const again = await service.rotate(tokens, KEY);
    expect(again.refresh_token).toBe(lost.refresh_token);
    expect(again.session_id).toBe(lost.session_id);
    expect(again.expires_in).toBe(900);
    await expectAlive(service, again);
  });

  it("can lose its response repeatedly with the key, and has one successor (R5)", async () => {
    const tokens = await signIn();
    const responses = [await service.rotate(tokens, KEY)];
    for (const _ of [1, 2, 3]) {
      await service.advance(DAY);
      responses.push(await service.rotate(tokens, KEY));
    }
    expect(new Set(responses.map(({ refresh_token }) => refresh_token)).size).toBe(1);
    const last = responses.at(-1);
    if (last !== undefined) await expectAlive(service, last);
  });
});

describe("a token presented after it was rotated away", () => {
  it("revokes the session after its successor was used, including the newest tokens (R3)", async () => {
    const tokens = await signIn();
    const second = await service.rotate(tokens);
    const third = await service.rotate(second);
    await expectNoRefresh(service, tokens);
    for (const each of [third, second, tokens]) await expectDead(service, each);
  });

  it("revokes the session without its key after the window (R3)", async () => {
    const tokens = await signIn();
    const second = await service.rotate(tokens, KEY);
    await service.advance(31);
    await expectNoRefresh(service, tokens);
    await expectDead(service, second);
  });

  it("revokes the session with another key after the window (R3)", async () => {
    const tokens = await signIn();
    const second = await service.rotate(tokens, KEY);
    await service.advance(31);
    await expectNoRefresh(service, tokens, "made-by-someone-else");
    await expectDead(service, second);
  });

  it("revokes the session even with its key after its successor was used (R6)", async () => {
    const tokens = await signIn();
    const second = await service.rotate(tokens, KEY);
    const third = await service.rotate(second, "made-by-the-client-2");
    await expectNoRefresh(service, tokens, KEY);
    await expectDead(service, third);
  });

  it("does not extend the window when it is presented within the window (R6)", async () => {
    const tokens = await signIn();
    const second = await service.rotate(tokens);
    await service.advance(20);
    expect((await service.rotate(tokens)).refresh_token).toBe(second.refresh_token);
    await service.advance(20);
    await expectNoRefresh(service, tokens);
    await expectDead(service, second);
  });

  it("is rejected after its expiry, even with its key (R6)", async () => {
    const tokens = await signIn();
    await service.advance(6 * DAY);
    await service.rotate(tokens, KEY);
    await service.advance(DAY);
    await expectNoRefresh(service, tokens, KEY);
  });

  it("is not mistaken for the newest token if all rotations happened in one second (R9)", async () => {
    const tokens = await signIn();
    const chain = [await service.rotate(tokens)];
    for (let last = chain[0]; last !== undefined && chain.length < 4; last = chain.at(-1)) {
      chain.push(await service.rotate(last));
    }
    await expectNoRefresh(service, tokens);
    for (const each of chain) await expectDead(service, each);
  });

  it("revokes no other session of the user (R3)", async () => {
    const [phone, laptop] = [await signIn(), await signIn()];
    await service.rotate(await service.rotate(phone));
    await expectDead(service, phone);
    await expectAlive(service, laptop);
  });
});

describe("a session", () => {
  it("expires after seven days without a refresh (R7)", async () => {
    const tokens = await signIn();
    await service.advance(7 * DAY);
    await expectDead(service, tokens);
  });

  it("goes on while it is refreshed, and expires thirty days after the login (R7)", async () => {
    const signedInAt = await service.now();
    let tokens = await signIn();
    for (const _ of [1, 2, 3, 4]) {
      await service.advance(6 * DAY);
      tokens = await service.rotate(tokens);
    }
    await service.advance(5 * DAY + 23 * HOUR);
    tokens = await service.rotate(tokens);
    const endsAt = (await service.now()) + tokens.refresh_expires_in;
    expect(Math.abs(endsAt - (signedInAt + 30 * DAY))).toBeLessThan(MINUTE);
    await service.advance(HOUR);
    await expectDead(service, tokens);
  });

  it("issues no access token that expires after the session (R7)", async () => {
    let tokens = await signIn();
    for (const _ of [1, 2, 3, 4]) {
      await service.advance(7 * DAY - MINUTE);
      tokens = await service.rotate(tokens);
    }
    await service.advance(2 * DAY - MINUTE);
    const last = await service.rotate(tokens);
    expect(last.expires_in).toBe(last.refresh_expires_in);
    expect(last.expires_in).toBeLessThanOrEqual(5 * MINUTE);
  });
});
