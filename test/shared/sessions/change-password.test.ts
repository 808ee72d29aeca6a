import { describe, expect } from "vitest";
import { createPassword } from "../../../functions/password/handler.ts";
import { deleteUser, disableUser } from "../../../shared/accounts/administer-user.ts";
import { changePassword } from "../../../shared/accounts/change-password.ts";
import { lookup, toTokenGrant } from "../../../shared/sessions/authorize.ts";
import type { IssuedTokens } from "../../../shared/sessions/issue-tokens.ts";
import { logOut } from "../../../shared/sessions/log-out.ts";
import type { AccessTokenClaims } from "../../../shared/tokens/access-token.ts";
import { parseCompactJws } from "../../../shared/tokens/compact-jws.ts";
import type { User } from "../../../shared/users/user.ts";
import { aRequest } from "../../support/http-events.ts";
import { httpOptions } from "../../support/http-options.ts";
import { it } from "../../support/it.ts";
import { caller, getTokens, PASSWORD, type SessionLibrary, sessionLibrary } from "../../support/session-library.ts";

const NEW_PASSWORD = "another battery, another staple";

let library: SessionLibrary;
let user: User;
it.beforeEach(async ({ database }) => {
  library = sessionLibrary(database);
  user = await library.signUp();
});

const logIn = async (): Promise<IssuedTokens> => getTokens(await library.logIn(user));

const change = async (tokens: IssuedTokens, from = PASSWORD, to = NEW_PASSWORD): Promise<IssuedTokens> => {
  const changed = await library.changePassword(tokens.session, from, to);
  if (changed.outcome !== "changed") throw new Error(changed.outcome);
  return changed.tokens;
};

/** Whether an authorizer in `lookup` mode rejects an access token. */
const isRejected = ({ accessToken }: IssuedTokens): Promise<boolean> => {
  const claims = parseCompactJws(accessToken)?.claims as AccessTokenClaims;
  return lookup(library.dependencies.sessions, library.clock.now)(toTokenGrant(claims));
};

describe("a password change", () => {
  it("rejects every earlier access token of the session, also in the same second, but not the new one (O4)", async () => {
    const first = await logIn();
    const second = getTokens(await library.refresh(first.refreshToken));
    const changed = await change(second);
    expect(await Promise.all([first, second, changed].map(isRejected))).toEqual([true, true, false]);
  });

  it("does not reject the access token of a later refresh, which a second change rejects (O4)", async () => {
    const changed = await change(await logIn());
    const refreshed = getTokens(await library.refresh(changed.refreshToken));
    expect(await isRejected(refreshed)).toBe(false);
    const changedAgain = await change(refreshed, NEW_PASSWORD, `${NEW_PASSWORD}, once more`);
    expect(await Promise.all([changed, refreshed, changedAgain].map(isRejected))).toEqual([true, true, false]);
  });

  it("makes earlier access tokens unable to log out, but not later ones (O4, O1)", async () => {
    const before = await logIn();
    const after = await change(before);
    expect(await logOut(library.dependencies, { accessToken: before.accessToken, transport: "bearer" }, caller)).toBe(
      false,
    );
    expect(await library.isUsable(after.session)).toBe(true);
    expect(await logOut(library.dependencies, { accessToken: after.accessToken, transport: "bearer" }, caller)).toBe(
      true,
    );
    expect(await library.isUsable(after.session)).toBe(false);
  });
});

describe("a password change between a refresh and its retry", () => {
  const key = "the key of the first token";
  const changeWith = (tokens: IssuedTokens, idempotencyKey?: string) =>
    library.changePassword(tokens.session, PASSWORD, NEW_PASSWORD, idempotencyKey);
  const isTheft = () => library.audited.some(({ event }) => event === "refresh_token_reused");

  it("replays for a client that lost the responses to its refresh and to its change (R5, R10)", async () => {
    const first = await logIn();
    await library.refresh(first.refreshToken, key);
    library.clock.advance(600);
    const changed = await changeWith(first, key);
    library.clock.advance(3600);
    const retried = getTokens(await library.refresh(first.refreshToken, key));
    expect(retried.refreshToken).toBe(changed.outcome === "changed" && changed.tokens.refreshToken);
    expect((await library.refresh(retried.refreshToken)).outcome).toBe("rotated");
  });

  it("does not make the retry of a refresh less than 30 s earlier a theft (R10)", async () => {
    const first = await logIn();
    await library.refresh(first.refreshToken);
    library.clock.advance(10);
    await changeWith(first);
    await expect(library.refresh(first.refreshToken)).rejects.toMatchObject({ code: "temporarily_unavailable" });
    library.clock.advance(3600);
    expect(await library.refresh(first.refreshToken)).toMatchObject({ reason: "superseded" });
    expect(isTheft()).toBe(false);
  });

  it("leaves the retry of a refresh more than 30 s earlier a theft (R3)", async () => {
    const first = await logIn();
    await library.refresh(first.refreshToken);
    library.clock.advance(31);
    await changeWith(first);
    expect(await library.refresh(first.refreshToken)).toMatchObject({ reason: "reused" });
  });

  it("does not make a retry that the service asked for a theft (R10)", async () => {
    const first = await logIn();
    const { sessions } = library.dependencies;
    const failed = { presentedJti: first.session.refreshJti, windowStart: library.clock.now() };
    await sessions.markResponseUnknown(first.session, { ...failed, successorJti: library.dependencies.ids.tokenId() });
    const changed = await changeWith(first);
    if (changed.outcome !== "changed") throw new Error(changed.outcome);
    await library.refresh(changed.tokens.refreshToken);
    library.clock.advance(3600);
    expect(await library.refresh(first.refreshToken)).toMatchObject({ reason: "superseded" });
    expect(isTheft()).toBe(false);
  });
});

describe("a password change with another event after its first write", () => {
  /** Runs `meanwhile` right after the write that sets the password. */
  const overtakenBy = (meanwhile: (mine: IssuedTokens) => Promise<unknown>, mine: IssuedTokens) => {
    const { users } = library.dependencies;
    const overtaken: typeof users = {
      ...users,
      changePassword: async (...args) => {
        const outcome = await users.changePassword(...args);
        await meanwhile(mine);
        return outcome;
      },
    };
    return { ...library.dependencies, users: overtaken };
  };
  const request = (mine: IssuedTokens) => ({
    ...mine.session,
    currentPassword: PASSWORD,
    newPassword: NEW_PASSWORD,
  });

  const events: readonly [string, (mine: IssuedTokens) => Promise<unknown>][] = [
    ["a logout", (mine) => library.logOut(mine.refreshToken)],
    ["the expiry of its session", async () => library.clock.advance(700_000)],
    ["the disablement of the account", () => disableUser(library.dependencies, user.userId, caller)],
    ["the deletion of the account", () => deleteUser(library.dependencies, user.userId, caller)],
    [
      "a later change from another session",
      async () => {
        const other = getTokens(await library.logIn(user, NEW_PASSWORD));
        await change(other, NEW_PASSWORD, `${NEW_PASSWORD}, once more`);
      },
    ],
  ];

  it.each(events)("reports after %s that the password is changed", async (_, meanwhile) => {
    const mine = await logIn();
    const { outcome } = await changePassword(overtakenBy(meanwhile, mine), request(mine), caller);
    expect(["changed", "changed_session_over"]).toContain(outcome);
    expect(library.audited).toContainEqual(expect.objectContaining({ event: "password_changed" }));
  });

  it("responds 204 without tokens, and the user logs in with the new password", async () => {
    const mine = await logIn();
    const dependencies = overtakenBy(({ refreshToken }) => library.logOut(refreshToken), mine);
    const response = await createPassword(dependencies, httpOptions)(
      aRequest({
        path: "/auth/password",
        body: { current_password: PASSWORD, new_password: NEW_PASSWORD },
        authorizer: { sub: user.userId, sid: mine.session.sessionId },
      }),
      {},
    );
    expect(response).toMatchObject({ statusCode: 204, body: "" });
    expect(await library.logIn(user)).toBeUndefined();
    expect(await library.logIn(user, NEW_PASSWORD)).toBeDefined();
  });

  it("responds 401 only if the password is unchanged", async () => {
    const mine = await logIn();
    const { sessions } = library.dependencies;
    await sessions.revoke(mine.session, "revoked_by_user", library.clock.now());
    const { outcome } = await changePassword(library.dependencies, request(mine), caller);
    expect(outcome).toBe("session_over");
    expect(await library.logIn(user)).toBeDefined();
  });
});
