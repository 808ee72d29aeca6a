import { UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { beforeEach, describe, expect } from "vitest";
import { createLogin } from "../../../functions/login/handler.ts";
import { createRefresh } from "../../../functions/refresh/handler.ts";
import { SIGNING_ALGORITHMS } from "../../../shared/contract/signing-algorithms.ts";
import type { LatchkeyError } from "../../../shared/errors.ts";
import { ACCESS_COOKIE } from "../../../shared/http/cookies.ts";
import { randomIds } from "../../../shared/ids.ts";
import { requireFittingToken } from "../../../shared/sessions/issue-tokens.ts";
import { type AccessTokenSettings, MAX_ACCESS_TOKEN_LENGTH } from "../../../shared/tokens/access-token.ts";
import { MAX_ROLES } from "../../../shared/users/roles.ts";
import type { User } from "../../../shared/users/user.ts";
import { toUserRow, userKey } from "../../../shared/users/user-row.ts";
import { call } from "../../functions/call.ts";
import type { TestDynamoDb } from "../../support/dynamodb.ts";
import { httpOptions } from "../../support/http-options.ts";
import { it } from "../../support/it.ts";
import { aKeyRing, anAccessKey } from "../../support/keys.ts";
import { printedInEachTest } from "../../support/printed.ts";
import { getTokens, PASSWORD, type SessionLibrary, sessionLibrary } from "../../support/session-library.ts";
import { tokenSettings } from "../../support/tokens.ts";
import { aUser } from "../users/a-user.ts";

const createRoles = (count: number, length: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => String(index).padStart(length, "r"));

const LARGEST_ROLES = createRoles(MAX_ROLES, 64);

/** Roles, and the reason in the log line for the token that is not issued. */
const BEYOND: readonly (readonly [string, readonly string[], string])[] = [
  ["80 roles of 32 characters", createRoles(80, 32), "access_token_too_large"],
  ["170 roles", createRoles(170, 24), "access_token_too_large"],
  ["one role of 5 000 characters", ["r".repeat(5000)], "access_token_too_large"],
  ["21 roles", createRoles(21, 2), "roles_malformed"],
  ["a role of 65 characters", ["r".repeat(65)], "roles_malformed"],
  ["an empty role", [""], "roles_malformed"],
  ["a role with a space", ["two words"], "roles_malformed"],
];

describe("the length of an access token", () => {
  let database: TestDynamoDb;
  it.beforeAll(({ database: started }) => {
    database = started;
  });

  it.each(SIGNING_ALGORITHMS)("is known before the signature: %s (T9)", async (alg) => {
    const library = sessionLibrary(database);
    library.useRing(aKeyRing({ access: anAccessKey(alg, randomIds.keyId()) }));
    const user = await library.signUp();
    const { accessToken } = getTokens(await library.logIn(user, PASSWORD, "cookie"));
    const withAudience = (length: number): AccessTokenSettings => ({
      ...tokenSettings,
      // One more character in a claim makes the token at most two characters longer.
      clientId: tokenSettings.clientId + "c".repeat(length),
    });
    const fits = (added: number): boolean => {
      try {
        requireFittingToken(user, library.ring(), { tokens: withAudience(added) });
        return true;
      } catch {
        return false;
      }
    };
    // The check counts six digits for `cv`. This token has one.
    const room = Math.floor(((MAX_ACCESS_TOKEN_LENGTH - accessToken.length) * 3) / 4) - 5;
    expect([fits(room - 2), fits(room + 2)]).toEqual([true, false]);
  });

  it("leaves room for the name of the cookie (C1)", () => {
    expect(ACCESS_COOKIE.length + MAX_ACCESS_TOKEN_LENGTH).toBe(4096);
  });

  it("is within the limit for every user with permitted roles, whatever the settings (T9)", () => {
    const ring = aKeyRing({ access: anAccessKey("RS256", "k".repeat(22)) });
    const user = aUser({ userId: randomIds.userId(), roles: LARGEST_ROLES });
    // The maximum that infra/settings.ts accepts: a host name of 253 characters, and 850 characters of the other settings together.
    const tokens = {
      ...tokenSettings,
      issuer: `https://${"i".repeat(253)}`,
      audiences: ["a".repeat(128), "b".repeat(128)],
      clientId: "c".repeat(128),
      scopes: [...createRoles(7, 64), "4444"],
    };
    const { audiences, clientId, scopes } = tokens;
    expect(JSON.stringify(audiences).length + clientId.length + scopes.join(" ").length).toBe(850);
    expect(() => requireFittingToken(user, ring, { tokens })).not.toThrow();
  });
});

describe("roles that are not permitted", () => {
  let database: TestDynamoDb;
  let library: SessionLibrary;
  let user: User;
  const printed = printedInEachTest();

  it.beforeAll(({ database: started }) => {
    database = started;
  });
  beforeEach(async () => {
    library = sessionLibrary(database);
    user = await library.signUp();
  });

  /** Writes roles into the row, as an operator may do. */
  const giveRoles = (roles: readonly string[]) =>
    database.documentClient.send(
      new UpdateCommand({
        TableName: database.tableNames.users,
        Key: userKey(user.userId),
        UpdateExpression: "SET #roles = :roles",
        ExpressionAttributeNames: { "#roles": "roles" },
        ExpressionAttributeValues: { ":roles": roles },
      }),
    );

  const sessionsOfUser = () => library.dependencies.sessions.listLive(user.userId, library.dependencies.clock());

  const catchError = async (attempt: Promise<unknown>): Promise<Partial<LatchkeyError>> => {
    const error: unknown = await attempt.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    return error as LatchkeyError;
  };

  it.each(BEYOND)("are never written to a row: %s (T9)", (_, roles) => {
    expect(() => toUserRow(aUser({ roles }))).toThrow(RangeError);
    expect(() => toUserRow(aUser({ roles: LARGEST_ROLES }))).not.toThrow();
  });

  it.each(BEYOND)("leave the account readable: %s (T9)", async (_, roles) => {
    await giveRoles(roles);
    expect((await library.dependencies.users.findById(user.userId))?.roles).toEqual(roles);
  });

  describe.each(BEYOND)("%s", (_, roles, reason) => {
    it.each(["bearer", "cookie"] as const)(
      "prevent a login by %s with a 500, and the log names the user (T9)",
      async (transport) => {
        await giveRoles(roles);
        const handler = createLogin(library.dependencies, httpOptions);
        const headers = { Origin: "https://auth.example.com", "Sec-Fetch-Site": "same-origin" };
        const response = await call(handler, {
          headers: transport === "cookie" ? headers : {},
          body: { email: user.email, password: PASSWORD, transport },
        });
        expect(response).toMatchObject({ status: 500, body: { error: "internal_error" } });
        expect(await sessionsOfUser()).toEqual([]);
        const lines = printed.lines().filter((line) => line.includes("request_failed"));
        expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ level: "error", reason, userId: user.userId }]);
      },
    );

    it("are not revealed without the password: the response is the usual 401 (L1)", async () => {
      await giveRoles(roles);
      const handler = createLogin(library.dependencies, httpOptions);
      const wrong = await call(handler, { body: { email: user.email, password: "not the password at all" } });
      expect(wrong).toMatchObject({ status: 401, body: { error: "invalid_credentials" } });
    });

    it("prevent a refresh, and the same token works again when the roles are corrected (T9)", async () => {
      const { refreshToken } = getTokens(await library.logIn(user));
      await giveRoles(roles);
      const handler = createRefresh(library.dependencies, httpOptions);
      const response = await call(handler, { body: { refresh_token: refreshToken } });
      expect(response).toMatchObject({ status: 500, body: { error: "internal_error" } });

      await giveRoles(["member"]);
      library.clock.advance(3600);
      const refreshed = await library.refresh(refreshToken);
      expect(refreshed).toMatchObject({ outcome: "replayed" });
      expect(await library.refresh(getTokens(refreshed).refreshToken)).toMatchObject({ outcome: "rotated" });
    });

    it("prevent a password change (T9)", async () => {
      const { session } = getTokens(await library.logIn(user));
      await giveRoles(roles);
      const error = await catchError(library.changePassword(session, PASSWORD, "nine patient otters"));
      expect(error).toMatchObject({ code: "internal_error", logged: { reason, userId: user.userId } });
      const after = await library.dependencies.users.findById(user.userId);
      expect(after?.passwordDigest).toBe(user.passwordDigest);
      expect(await sessionsOfUser()).toEqual([session]);
    });
  });

  it("do not include 20 roles of 64 characters (T9)", async () => {
    await giveRoles(LARGEST_ROLES);
    for (const transport of ["bearer", "cookie"] as const) {
      const tokens = getTokens(await library.logIn(user, PASSWORD, transport));
      expect(tokens.accessToken.length).toBeLessThanOrEqual(MAX_ACCESS_TOKEN_LENGTH);
      expect(await library.refresh(tokens.refreshToken, undefined, transport)).toMatchObject({ outcome: "rotated" });
    }
  });
});
