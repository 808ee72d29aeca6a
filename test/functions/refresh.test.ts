import { afterEach, describe, expect } from "vitest";
import { createRefresh } from "../../functions/refresh/handler.ts";
import type { IssuedTokens } from "../../shared/sessions/issue-tokens.ts";
import { createSessionStore } from "../../shared/sessions/session-store.ts";
import type { User } from "../../shared/users/user.ts";
import { serviceError, startFailingAws } from "../support/failing-aws.ts";
import { aRequest, type RequestBody, type RequestOptions } from "../support/http-events.ts";
import { httpOptions } from "../support/http-options.ts";
import { it } from "../support/it.ts";
import { getTokens, type SessionLibrary, sessionLibrary } from "../support/session-library.ts";
import { call } from "./call.ts";

let library: SessionLibrary;
let user: User;
let tokens: IssuedTokens;

it.beforeEach(async ({ database }) => {
  library = sessionLibrary(database);
  user = await library.signUp();
  tokens = getTokens(await library.logIn(user));
});

const refresh = (body: RequestBody, options: RequestOptions = {}) =>
  call(createRefresh(library.dependencies, httpOptions), { path: "/auth/refresh", body, ...options });

const invalidGrant = { status: 401, body: { error: "invalid_grant" } };

describe("a refresh", () => {
  it("responds with a new pair, and with the same successor to the same token again (R2, R5, H1)", async () => {
    const first = await refresh({ refresh_token: tokens.refreshToken });
    expect(first).toMatchObject({ status: 200, headers: { "Cache-Control": "no-store" } });
    expect(first.body?.["refresh_token"]).not.toBe(tokens.refreshToken);
    const again = await refresh({ refresh_token: tokens.refreshToken });
    expect(again.body?.["refresh_token"]).toBe(first.body?.["refresh_token"]);
  });

  it("is proved by its Idempotency-Key, in any spelling of the header name (R5)", async () => {
    const headers = { "IDEMPOTENCY-KEY": "0123456789abcdef" };
    const first = await refresh({ refresh_token: tokens.refreshToken }, { headers });
    library.clock.advance(3600);
    const lower = { "idempotency-key": "0123456789abcdef" };
    const again = await refresh({ refresh_token: tokens.refreshToken }, { headers: lower });
    expect(again.body?.["refresh_token"]).toBe(first.body?.["refresh_token"]);
  });

  it("rejects a key that is too short to be a secret, and does not use up the token", async () => {
    const response = await refresh({ refresh_token: tokens.refreshToken }, { headers: { "Idempotency-Key": "1" } });
    expect(response).toMatchObject({ status: 400, body: { error: "invalid_request" } });
    expect((await refresh({ refresh_token: tokens.refreshToken })).status).toBe(200);
  });

  it("finds the token in the body and nowhere else (R1)", async () => {
    const event = aRequest({ path: "/auth/refresh", body: {}, headers: { "X-Refresh-Token": tokens.refreshToken } });
    const query = { refresh_token: tokens.refreshToken };
    const result = await createRefresh(library.dependencies, httpOptions)(
      { ...event, queryStringParameters: query },
      {},
    );
    expect(result.statusCode).toBe(401);
    const bearer = { Authorization: `Bearer ${tokens.refreshToken}` };
    expect(await refresh({}, { headers: bearer })).toMatchObject(invalidGrant);
  });

  it.each([null, 7, true, [], {}, ["x"]])("is 400 for a token of %j (L4)", async (value) => {
    expect((await refresh({ refresh_token: value })).status).toBe(400);
  });
});

describe("a refresh that is rejected", () => {
  it("has the same response for every reason, and revokes only the stolen session", async () => {
    const other = getTokens(await library.logIn(user));
    const revoked = getTokens(await library.logIn(user));
    await library.logOut(revoked.refreshToken);
    const reused = getTokens(await library.logIn(user));
    const successor = getTokens(await library.refresh(reused.refreshToken));
    await library.refresh(successor.refreshToken);

    const responses = [
      await refresh({ refresh_token: "x" }),
      await refresh({ refresh_token: "" }),
      await refresh({ refresh_token: tokens.accessToken }),
      await refresh({ refresh_token: `${tokens.refreshToken}x` }),
      await refresh({ refresh_token: revoked.refreshToken }),
      await refresh({ refresh_token: reused.refreshToken }),
      await refresh({}),
    ];
    expect(responses[0]).toMatchObject(invalidGrant);
    expect(responses.map(({ comparable }) => comparable)).toEqual(responses.map(() => responses[0]?.comparable));
    expect(await library.isUsable(successor.session)).toBe(false);
    expect([await library.isUsable(tokens.session), await library.isUsable(other.session)]).toEqual([true, true]);
  });
});

describe("a refresh while AWS fails", () => {
  const started: { stop: () => Promise<void> }[] = [];
  afterEach(async () => {
    for (const { stop } of started.splice(0)) await stop();
  });

  it.each([
    ["throttles", serviceError("ThrottlingException")],
    ["fails", serviceError("InternalServerError", 500)],
    ["hangs up", "hangs up"],
  ] as const)("that %s is a 503, never theft, and the token is good for another try (S3)", async (_case, failure) => {
    const aws = await startFailingAws(failure);
    started.push(aws);
    const sessions = createSessionStore(aws.documentClient, "Sessions", 1);
    const failing = createRefresh({ ...library.dependencies, sessions }, httpOptions);
    const body = { refresh_token: tokens.refreshToken };
    expect(await call(failing, { path: "/auth/refresh", body })).toMatchObject({
      status: 503,
      body: { error: "temporarily_unavailable" },
      headers: { "Retry-After": "1" },
    });
    expect(library.audited.filter(({ event }) => event === "refresh_token_reused")).toEqual([]);
    expect((await refresh(body)).status).toBe(200);
  });
});
