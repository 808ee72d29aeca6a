import { describe, expect } from "vitest";
import { send } from "../local/support/http.ts";
import { it } from "../support/it.ts";
import type { Service } from "../support/service-process.ts";
import type { Tokens } from "../support/session-api.ts";
import { expectAlive, expectChallenge, expectChallengeWithoutError } from "./support/expectations.ts";

let service: Service;
let tokens: Tokens;

it.beforeAll(async ({ service: started }) => {
  service = started;
  tokens = await service.signIn(await service.newAccount());
});

/** Sends the header lines unchanged. `fetch` would merge and rename the lines. */
const meWith = (...headers: readonly string[]) => send(`${service.url}/auth/me`, { headers });

const ROUTES = [
  ["GET", "/auth/me"],
  ["GET", "/auth/sessions"],
  ["DELETE", "/auth/sessions/nobodys"],
  ["POST", "/auth/logout-all"],
  ["POST", "/auth/password"],
] as const;

describe("a route that needs a session", () => {
  it.each(ROUTES)("responds with a challenge to a request without a session: %s %s (A1)", async (method, path) => {
    expectChallengeWithoutError(await service.call(method, path));
    expectChallenge(await service.call(method, path, { bearer: "a.b.c" }));
    expectChallenge(await service.call(method, path, { bearer: tokens.refresh_token }));
  });

  it("is open to one token on every path and method, in any order, and other paths stay closed (A2)", async () => {
    const bearer = tokens.access_token;
    const expected: Record<string, number> = {
      "GET /auth/me": 200,
      "GET /auth/sessions": 200,
      "DELETE /auth/sessions/nobodys": 404,
      // The request reached the function, which requires a body.
      "POST /auth/password": 400,
      // These are no routes.
      "GET /auth/logout-all": 404,
      "DELETE /auth/me": 404,
      "GET /auth/nothing": 404,
    };
    const routes = Object.keys(expected);
    for (const route of [...routes, ...routes.toReversed()]) {
      const [method = "", path = ""] = route.split(" ");
      expect({ route, status: (await service.call(method, path, { bearer })).status }).toEqual({
        route,
        status: expected[route],
      });
    }
  });

  it("is closed after the token has expired, and open to the next token (A1, A3)", async () => {
    const mine = await service.signIn(await service.newAccount());
    await service.advance(mine.expires_in - 60);
    expect(await service.me(mine.access_token)).toMatchObject({ status: 200 });
    await service.advance(60 + 5);
    expectChallenge(await service.me(mine.access_token));
    expect(await service.me((await service.rotate(mine)).access_token)).toMatchObject({ status: 200 });
  });
});

describe("the Authorization header", () => {
  let fresh: Tokens;

  it.beforeAll(async () => {
    fresh = await service.signIn(await service.newAccount());
  });

  it.each([
    ["Authorization", "Bearer"],
    ["authorization", "bearer"],
    ["AUTHORIZATION", "BEARER"],
    ["aUTHORIZATION", "bEARER"],
  ])("may be spelt %s: %s (A5)", async (name, scheme) => {
    expect(await meWith(name, `${scheme} ${fresh.access_token}`)).toMatchObject({ status: 200 });
  });

  it("is rejected with 401 unless it holds exactly one Bearer token (A5)", async () => {
    const token = fresh.access_token;
    const values = [
      "",
      "Bearer",
      "Bearer ",
      "Bearer  x y",
      `Bearer ${token} x`,
      `Bearer ${token},`,
      `Bearer ${token}, Bearer ${token}`,
      `Bearer Bearer ${token}`,
      `Bearer\t${token}`,
      `Bearer: ${token}`,
      `Bearer token="${token}"`,
      `Bearer=${token}`,
      `Bearer"${token}"`,
      token,
      `Token ${token}`,
      `DPoP ${token}`,
      `Basic ${Buffer.from(`user:${token}`).toString("base64")}`,
      `AWS4-HMAC-SHA256 Credential=${token}`,
      `Bearer ${"a".repeat(8_500)}`,
      `Bearer ${token.replaceAll(".", "\u00b7")}`,
      "Bearer null",
      "Bearer undefined",
    ];
    for (const value of values) {
      const { status, header, text } = await meWith("Authorization", value);
      expect({ value, status, body: JSON.parse(text) }).toMatchObject({
        value,
        status: 401,
        body: { error: "invalid_token" },
      });
      expect(header("WWW-Authenticate")).toEqual(['Bearer error="invalid_token"']);
    }
  });

  it("is rejected with 401 if it is sent twice, in any order and spelling (A5)", async () => {
    const good = `Bearer ${fresh.access_token}`;
    for (const [one, other] of [
      [good, "Bearer x"],
      ["Bearer x", good],
      [good, good],
      [good, ""],
    ] as const) {
      expect(await meWith("Authorization", one, "authorization", other)).toMatchObject({ status: 401 });
    }
  });

  it("is the only place of a bearer token: the URL, the body and other headers are ignored (R1, A6)", async () => {
    const token = fresh.access_token;
    expectChallengeWithoutError(await service.call("GET", `/auth/me?access_token=${token}`));
    expectChallengeWithoutError(await service.call("POST", "/auth/logout-all", { body: { access_token: token } }));
    for (const name of ["x-authorization", "x-access-token", "proxy-authorization", "x-forwarded-authorization"]) {
      expectChallengeWithoutError(await service.call("GET", "/auth/me", { headers: { [name]: `Bearer ${token}` } }));
    }
  });
});

describe("an identity that the client claims", () => {
  it("is ignored, also beside a valid token (A6)", async () => {
    const [mine, theirs] = [
      await service.signIn(await service.newAccount()),
      await service.signIn(await service.newAccount()),
    ];
    const claims = {
      "x-user-id": theirs.user.id,
      "x-user-sub": theirs.user.id,
      "x-amzn-authorizer-sub": theirs.user.id,
      sub: theirs.user.id,
      sid: theirs.session_id,
    };
    expectChallengeWithoutError(await service.call("GET", "/auth/me", { headers: claims }));
    const me = await service.call("GET", `/auth/me?sub=${theirs.user.id}`, {
      bearer: mine.access_token,
      headers: claims,
    });
    expect(me.body).toMatchObject({ user: { id: mine.user.id } });
    await service.call("POST", "/auth/logout-all", { bearer: mine.access_token, headers: claims });
    await expectAlive(service, theirs);
  });
});
