import { describe, expect } from "vitest";
import { deleteUser, disableUser, enableUser } from "../../../shared/accounts/administer-user.ts";
import { changePassword } from "../../../shared/accounts/change-password.ts";
import type { IssuedTokens } from "../../../shared/sessions/issue-tokens.ts";
import { listSessions, revokeSession } from "../../../shared/sessions/own-sessions.ts";
import { MAX_SESSIONS, revokeSessions } from "../../../shared/sessions/revoke-sessions.ts";
import type { User } from "../../../shared/users/user.ts";
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
const usable = ({ session }: IssuedTokens) => library.isUsable(session);

describe("a revocation of sessions", () => {
  it("revokes the sessions of all devices, or of all other devices (O3)", async () => {
    const [mine, other] = [await logIn(), await logIn()];
    const all = { reason: "logout_all" } as const;
    await revokeSessions(library.dependencies, user.userId, { ...all, except: mine.session.sessionId }, caller);
    expect([await usable(mine), await usable(other)]).toEqual([true, false]);
    await revokeSessions(library.dependencies, user.userId, all, caller);
    expect(await usable(mine)).toBe(false);
  });

  it("of one device leaves the other devices signed in, and can be repeated (O3)", async () => {
    const [mine, other] = [await logIn(), await logIn()];
    expect(await revokeSession(library.dependencies, other.session, caller)).toBe(true);
    expect(await revokeSession(library.dependencies, other.session, caller)).toBe(true);
    expect([await usable(mine), await usable(other)]).toEqual([true, false]);
  });

  it("is final: a later revocation changes neither the time nor the reason (O3)", async () => {
    const mine = await logIn();
    await library.logOut(mine.refreshToken);
    const revoked = await library.dependencies.sessions.find(mine.session);
    library.clock.advance(60);
    expect(await library.dependencies.sessions.revoke(mine.session, "administrator", library.clock.now())).toBe(false);
    expect(await library.dependencies.sessions.find(mine.session)).toEqual(revoked);
  });

  it("of another user's session finds nothing (O3)", async () => {
    const mine = await logIn();
    const otherUser = await library.signUp();
    const key = { userId: otherUser.userId, sessionId: mine.session.sessionId };
    expect(await revokeSession(library.dependencies, key, caller)).toBe(false);
    expect(await usable(mine)).toBe(true);
  });

  it("by a logout with an old token of the session works, and with a forged token does nothing (O1)", async () => {
    const first = await logIn();
    const second = getTokens(await library.refresh(first.refreshToken));
    await library.logOut(`${second.refreshToken.slice(0, -4)}AAAA`);
    expect(await usable(second)).toBe(true);
    await library.logOut(first.refreshToken);
    expect(await usable(second)).toBe(false);
  });

  it("removes a session from the list of devices, which starts with the session used last (O3)", async () => {
    const first = await logIn();
    library.clock.advance(10);
    const second = await logIn();
    library.clock.advance(10);
    const loggedOut = await logIn();
    await library.logOut(loggedOut.refreshToken);
    await library.refresh(first.refreshToken);
    const listed = await listSessions(library.dependencies, user.userId);
    expect(listed.map(({ sessionId }) => sessionId)).toEqual([first.session.sessionId, second.session.sessionId]);
    library.clock.advance(604_800);
    expect(await listSessions(library.dependencies, user.userId)).toEqual([]);
  });

  it("by the hundred and first login is of the oldest session only (S4)", async () => {
    const opened: IssuedTokens[] = [];
    for (let count = 0; count < MAX_SESSIONS; count += 1) {
      opened.push(await logIn());
      library.clock.advance(1);
    }
    const [oldest, second] = opened;
    if (oldest === undefined || second === undefined) throw new Error("No sessions were opened");
    expect(await usable(oldest)).toBe(true);
    const newest = await logIn();
    expect(await usable(oldest)).toBe(false);
    expect(await usable(second)).toBe(true);
    expect(await usable(newest)).toBe(true);
    expect(await listSessions(library.dependencies, user.userId)).toHaveLength(MAX_SESSIONS);
  });
});

describe("a password change", () => {
  it("requires the current password (P7)", async () => {
    const mine = await logIn();
    const wrong = await library.changePassword(mine.session, `not ${PASSWORD}`, NEW_PASSWORD);
    expect(wrong.outcome).toBe("wrong_password");
    expect(await library.logIn(user)).toBeDefined();
  });

  it("checks the new password against the policy (P7)", async () => {
    const mine = await logIn();
    expect(await library.changePassword(mine.session, PASSWORD, "too short")).toMatchObject({
      outcome: "password_rejected",
    });
  });

  it("revokes every other session, rotates its own token and updates `authenticatedAt` (P7)", async () => {
    const [mine, other] = [await logIn(), await logIn()];
    library.clock.advance(100);
    const changed = await library.changePassword(mine.session, PASSWORD, NEW_PASSWORD);
    if (changed.outcome !== "changed") throw new Error(changed.outcome);
    expect(await usable(other)).toBe(false);
    expect(changed.tokens.session).toMatchObject({
      sessionId: mine.session.sessionId,
      generation: 1,
      authenticatedAt: library.clock.now(),
    });
    expect((await library.refresh(changed.tokens.refreshToken)).outcome).toBe("rotated");
    expect(await library.logIn(user)).toBeUndefined();
  });

  it("whose response was lost replays for the token from before the change, with its key (P7)", async () => {
    const mine = await logIn();
    const key = "a key of the client's own making";
    const changed = await library.changePassword(mine.session, PASSWORD, NEW_PASSWORD, key);
    library.clock.advance(3600);
    const refreshed = getTokens(await library.refresh(mine.refreshToken, key));
    expect(refreshed.refreshToken).toBe(changed.outcome === "changed" && changed.tokens.refreshToken);
  });

  it("opens no window for the token from before the change, which may be stolen (P7)", async () => {
    const mine = await logIn();
    await library.changePassword(mine.session, PASSWORD, NEW_PASSWORD);
    // The refresh may come from the client that made the change, so it gets no token and revokes nothing.
    await expect(library.refresh(mine.refreshToken)).rejects.toMatchObject({ code: "temporarily_unavailable" });
    expect(await usable(mine)).toBe(true);
    // The service asked for a retry. So a retry is no theft, however late, and also after another change (R10).
    library.clock.advance(31);
    expect(await library.refresh(mine.refreshToken)).toEqual({ outcome: "rejected", reason: "superseded" });
    await library.changePassword(mine.session, NEW_PASSWORD, `${NEW_PASSWORD}, once more`);
    library.clock.advance(31);
    expect(await library.refresh(mine.refreshToken)).toEqual({ outcome: "rejected", reason: "superseded" });
    expect(await usable(mine)).toBe(true);
  });

  it("makes the token from before the change a rotated-away token: its use is theft if no 503 was sent for it (R3)", async () => {
    const mine = await logIn();
    await library.changePassword(mine.session, PASSWORD, NEW_PASSWORD);
    library.clock.advance(31);
    expect(await library.refresh(mine.refreshToken)).toEqual({ outcome: "rejected", reason: "reused" });
    expect(await usable(mine)).toBe(false);
  });

  it("closes the window only for its own rotation: the next refresh replays as usual (P7)", async () => {
    const mine = await logIn();
    const changed = await library.changePassword(mine.session, PASSWORD, NEW_PASSWORD);
    if (changed.outcome !== "changed") throw new Error(changed.outcome);
    const next = getTokens(await library.refresh(changed.tokens.refreshToken));
    const again = await library.refresh(changed.tokens.refreshToken);
    expect(getTokens(again).refreshToken).toBe(next.refreshToken);
  });

  it("repeated by the same session is one change, and repeated by another session is a wrong password (P7)", async () => {
    const mine = await logIn();
    await library.changePassword(mine.session, PASSWORD, NEW_PASSWORD);
    const again = await library.changePassword(mine.session, PASSWORD, NEW_PASSWORD);
    expect(again).toMatchObject({ outcome: "changed", tokens: { session: { generation: 1 } } });

    const other = getTokens(await library.logIn(user, NEW_PASSWORD));
    const guess = await library.changePassword(other.session, PASSWORD, NEW_PASSWORD);
    expect(guess.outcome).toBe("wrong_password");
  });

  it("can be repeated after the window only with its key, because a second password would be a second guess (B1)", async () => {
    const mine = await logIn();
    const change = (key?: string) => library.changePassword(mine.session, PASSWORD, NEW_PASSWORD, key);
    await change("the key of the first try");
    library.clock.advance(31);
    expect(await change()).toEqual({ outcome: "wrong_password" });
    expect(await change("another key")).toEqual({ outcome: "wrong_password" });
    expect(await change("the key of the first try")).toMatchObject({ outcome: "changed" });
  });

  it("of a session that is revoked while the password is hashed changes nothing (P7)", async () => {
    const mine = await logIn();
    const { sessions } = library.dependencies;
    const revokedMeanwhile: typeof sessions = {
      ...sessions,
      find: async (key) => {
        const session = await sessions.find(key);
        await sessions.revoke(key, "revoked_by_user", library.clock.now());
        return session;
      },
    };
    const request = { ...mine.session, currentPassword: PASSWORD, newPassword: NEW_PASSWORD };
    const outcome = await changePassword({ ...library.dependencies, sessions: revokedMeanwhile }, request, caller);
    expect(outcome).toEqual({ outcome: "session_over" });
    expect(await library.logIn(user)).toBeDefined();
  });

  it("that meets a refresh half way requires the key of the token that the refresh made (P7)", async () => {
    const mine = await logIn();
    const { users } = library.dependencies;
    let refreshed: IssuedTokens | undefined;
    const meanwhile: typeof users = {
      ...users,
      changePassword: async (...change) => {
        const outcome = await users.changePassword(...change);
        refreshed = getTokens(await library.refresh(mine.refreshToken, "the key of the first token"));
        return outcome;
      },
    };
    const request = { ...mine.session, currentPassword: PASSWORD, newPassword: NEW_PASSWORD };
    const dependencies = { ...library.dependencies, users: meanwhile };
    const change = changePassword(dependencies, { ...request, idempotencyKey: "the key of the first token" }, caller);
    await expect(change).rejects.toMatchObject({ code: "temporarily_unavailable" });

    const again = await library.changePassword(mine.session, PASSWORD, NEW_PASSWORD, "the key of the second token");
    library.clock.advance(3600);
    const lost = await library.refresh(refreshed?.refreshToken ?? "", "the key of the second token");
    expect(getTokens(lost).refreshToken).toBe(again.outcome === "changed" && again.tokens.refreshToken);
  });

  it("that a later change overtakes keeps the session of the later change, and its own session is revoked (P7)", async () => {
    const mine = await logIn();
    const { users } = library.dependencies;
    let later: IssuedTokens | undefined;
    const overtaken: typeof users = {
      ...users,
      changePassword: async (...change) => {
        const outcome = await users.changePassword(...change);
        later = getTokens(await library.logIn(user, NEW_PASSWORD));
        // The later change has made its own first write.
        await users.changePassword(user.userId, "another digest", 2, later.session.sessionId);
        return outcome;
      },
    };
    const request = { ...mine.session, currentPassword: PASSWORD, newPassword: NEW_PASSWORD };
    const outcome = await changePassword({ ...library.dependencies, users: overtaken }, request, caller);
    expect(outcome).toEqual({ outcome: "changed_session_over" });
    expect(later && (await library.dependencies.sessions.find(later.session))).not.toHaveProperty("revokedAt");
    expect(await library.dependencies.sessions.find(mine.session)).toHaveProperty("revokedAt");
  });

  it("that stops half way has still revoked the other sessions (P7)", async () => {
    const [mine, other] = [await logIn(), await logIn()];
    const { users } = library.dependencies;
    await users.changePassword(user.userId, "any digest", user.credentialVersion, mine.session.sessionId);
    expect(await library.refresh(other.refreshToken)).toMatchObject({ reason: "credentials_changed" });
    expect((await library.refresh(mine.refreshToken)).outcome).toBe("rotated");
  });
});

it("a session that was revoked is not opened again by a repeated write (S2)", async () => {
  const { session } = getTokens(await library.logIn(await library.signUp()));
  const { sessions } = library.dependencies;
  await sessions.create(session);
  await sessions.revoke(session, "logout", library.clock.now());
  await expect(sessions.create(session)).rejects.toMatchObject({ code: "temporarily_unavailable" });
  expect(await sessions.find(session)).toHaveProperty("revokedAt");
});

describe("an account that is disabled", () => {
  it("loses its sessions, which stay revoked when the account is enabled", async () => {
    const mine = await logIn();
    expect(await disableUser(library.dependencies, user.userId, caller)).toBe(true);
    expect(await library.logIn(user)).toBeUndefined();
    expect(await enableUser(library.dependencies, user.userId, caller)).toBe(true);
    expect(await library.refresh(mine.refreshToken)).toMatchObject({ outcome: "rejected" });
    expect(await library.logIn(user)).toBeDefined();
  });

  it("and then deleted frees its address", async () => {
    const mine = await logIn();
    expect(await deleteUser(library.dependencies, user.userId, caller)).toBe(true);
    expect(await library.refresh(mine.refreshToken)).toMatchObject({ outcome: "rejected" });
    expect(await library.dependencies.users.findByEmail(user.normalizedEmail)).toBeUndefined();
    expect(await deleteUser(library.dependencies, user.userId, caller)).toBe(false);
  });
});
