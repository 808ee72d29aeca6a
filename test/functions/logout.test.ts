import { afterEach, beforeEach, describe, expect } from "vitest";
import { createLogout } from "../../functions/logout/handler.ts";
import type { IssuedTokens } from "../../shared/sessions/issue-tokens.ts";
import { createSessionStore } from "../../shared/sessions/session-store.ts";
import type { User } from "../../shared/users/user.ts";
import type { TestDynamoDb } from "../support/dynamodb.ts";
import { serviceError, startFailingAws } from "../support/failing-aws.ts";
import type { RequestBody, RequestOptions } from "../support/http-events.ts";
import { httpOptions } from "../support/http-options.ts";
import { it } from "../support/it.ts";
import { aKeyRing } from "../support/keys.ts";
import { getTokens, type SessionLibrary, sessionLibrary } from "../support/session-library.ts";
import { call } from "./call.ts";

let database: TestDynamoDb;
let library: SessionLibrary;
let user: User;
let tokens: IssuedTokens;

it.beforeAll(({ database: started }) => {
  database = started;
});
beforeEach(async () => {
  library = sessionLibrary(database);
  user = await library.signUp();
  tokens = getTokens(await library.logIn(user));
});

const logOut = (body: RequestBody, options: RequestOptions = {}) =>
  call(createLogout(library.dependencies, httpOptions), { path: "/auth/logout", body, ...options });

describe("a logout", () => {
  it("ends the session of a refresh token at once (O2)", async () => {
    expect(await logOut({ refresh_token: tokens.refreshToken })).toMatchObject({ status: 204, body: undefined });
    expect(await library.isUsable(tokens.session)).toBe(false);
  });

  it("ends it by a token that was rotated away, too (O1)", async () => {
    await library.refresh(tokens.refreshToken);
    expect((await logOut({ refresh_token: tokens.refreshToken })).status).toBe(204);
    expect(await library.isUsable(tokens.session)).toBe(false);
  });

  it.each(["Authorization", "authorization"])("ends the session of the access token in %s (O1)", async (name) => {
    expect((await logOut(null, { headers: { [name]: `Bearer ${tokens.accessToken}` } })).status).toBe(204);
    expect(await library.isUsable(tokens.session)).toBe(false);
  });

  it("has the same 204 for any other token, and revokes nothing (O1)", async () => {
    const ended = getTokens(await library.logIn(user));
    const genuine = await logOut({ refresh_token: ended.refreshToken });
    const otherRing = aKeyRing();
    const foreign = sessionLibrary(database);
    foreign.useRing(otherRing);
    const foreignTokens = getTokens(await foreign.logIn(await foreign.signUp()));

    const responses = [
      await logOut({ refresh_token: ended.refreshToken }),
      await logOut({ refresh_token: foreignTokens.refreshToken }),
      ...(await Promise.all(
        ["", "x", "a.b.c", null, 7, {}, [], true, tokens.accessToken].map((value) => logOut({ refresh_token: value })),
      )),
      await logOut({}),
      await logOut(null),
      await logOut(null, { headers: { Authorization: "Bearer x" } }),
      await logOut(null, { headers: { Authorization: `Bearer ${tokens.refreshToken}` } }),
    ];
    expect(responses.map(({ comparable }) => comparable)).toEqual(responses.map(() => genuine.comparable));
    expect(await library.isUsable(tokens.session)).toBe(true);
    expect(await library.isUsable(foreignTokens.session)).toBe(true);
  });

  it("does nothing for an access token that has expired", async () => {
    library.clock.advance(906);
    expect((await logOut(null, { headers: { Authorization: `Bearer ${tokens.accessToken}` } })).status).toBe(204);
    expect(await library.isUsable(tokens.session)).toBe(true);
  });
});

describe("a logout while AWS fails", () => {
  const started: { stop: () => Promise<void> }[] = [];
  afterEach(async () => {
    for (const { stop } of started.splice(0)) await stop();
  });

  it("is a 503 and not a 204: the session may be alive (S3, O2)", async () => {
    const aws = await startFailingAws(serviceError("ThrottlingException"));
    started.push(aws);
    const sessions = createSessionStore(aws.documentClient, "Sessions", 1);
    const failing = createLogout({ ...library.dependencies, sessions }, httpOptions);
    const response = await call(failing, { path: "/auth/logout", body: { refresh_token: tokens.refreshToken } });
    expect(response).toMatchObject({ status: 503, headers: { "Retry-After": "1" } });
  });
});
