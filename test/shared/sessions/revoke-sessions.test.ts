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

describe("ending sessions (O3)", () => {
  it("of all devices, or of all others", async () => {
    const [mine, other] = [await logIn(), await logIn()];
    const all = { reason: "logout_all" } as const;
    await revokeSessions(library.dependencies, user.userId, { ...all, except: mine.session.sessionId }, caller);
    expect([await usable(mine), await usable(other)]).toEqual([true, false]);
    await revokeSessions(library.dependencies, user.userId, all, caller);
    expect(await usable(mine)).toBe(false);
  });

  it("of one device leaves the others alone, and can be asked for twice", async () => {
    const [mine, other] = [await logIn(), await logIn()];
    expect(await revokeSession(library.dependencies, other.session, caller)).toBe(true);
    expect(await revokeSession(library.dependencies, other.session, caller)).toBe(true);
    expect([await usable(mine), await usable(other)]).toEqual([true, false]);
  });

  it("counts once: a later reason changes neither the time nor the first one", async () => {
    const mine = await logIn();
    await library.logOut(mine.refreshToken);
    const ended = await library.dependencies.sessions.find(mine.session);
    library.clock.advance(60);
    expect(await library.dependencies.sessions.revoke(mine.session, "administrator", library.clock.now())).toBe(false);
    expect(await library.dependencies.sessions.find(mine.session)).toEqual(ended);
  });

  it("of somebody else finds nothing", async () => {
    const mine = await logIn();
    const stranger = await library.signUp();
    const key = { userId: stranger.userId, sessionId: mine.session.sessionId };
    expect(await revokeSession(library.dependencies, key, caller)).toBe(false);
    expect(await usable(mine)).toBe(true);
  });

  it("a logout by an old token of the session ends it; by a forged one, nothing (O1)", async () => {
    const first = await logIn();
    const second = getTokens(await library.refresh(first.refreshToken));
    await library.logOut(`${second.refreshToken.slice(0, -4)}AAAA`);
    expect(await usable(second)).toBe(true);
    await library.logOut(first.refreshToken);
    expect(await usable(second)).toBe(false);
  });

  it("shows where a user is signed in, the latest used first, without what is over", async () => {
    const first = await logIn();
    library.clock.advance(10);
    const second = await logIn();
    library.clock.advance(10);
    const ended = await logIn();
    await library.logOut(ended.refreshToken);
    await library.refresh(first.refreshToken);
    const listed = await listSessions(library.dependencies, user.userId);
    expect(listed.map(({ sessionId }) => sessionId)).toEqual([first.session.sessionId, second.session.sessionId]);
    library.clock.advance(604_800);
    expect(await listSessions(library.dependencies, user.userId)).toEqual([]);
  });

  it("the hundred and first login ends the oldest session, and only that (S4)", async () => {
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

describe("a password change (P7)", () => {
  it("needs the current password", async () => {
    const mine = await logIn();
    const wrong = await library.changePassword(mine.session, `not ${PASSWORD}`, NEW_PASSWORD);
    expect(wrong.outcome).toBe("wrong_password");
    expect(await library.logIn(user)).toBeDefined();
  });

  it("holds the new password against the policy", async () => {
    const mine = await logIn();
    expect(await library.changePassword(mine.session, PASSWORD, "too short")).toMatchObject({
      outcome: "password_rejected",
    });
  });

  it("ends every other session, rotates its own and renews when the user last proved the password", async () => {
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

  it("whose answer was lost replays for the token from before it, by its key", async () => {
    const mine = await logIn();
    const key = "a key of the client's own making";
    const changed = await library.changePassword(mine.session, PASSWORD, NEW_PASSWORD, key);
    library.clock.advance(3600);
    const refreshed = getTokens(await library.refresh(mine.refreshToken, key));
    expect(refreshed.refreshToken).toBe(changed.outcome === "changed" && changed.tokens.refreshToken);
  });

  it("leaves no window for the token from before it: a thief who has it is who the change was to shut out", async () => {
    const mine = await logIn();
    await library.changePassword(mine.session, PASSWORD, NEW_PASSWORD);
    // It may also be a refresh of the very client that made the change: it gets nothing, and nothing ends.
    await expect(library.refresh(mine.refreshToken)).rejects.toMatchObject({ code: "temporarily_unavailable" });
    expect(await usable(mine)).toBe(true);
    // The service asked for a retry, so a retry is no theft, however late and after whatever other change (R10).
    library.clock.advance(31);
    expect(await library.refresh(mine.refreshToken)).toEqual({ outcome: "rejected", reason: "superseded" });
    await library.changePassword(mine.session, NEW_PASSWORD, `${NEW_PASSWORD}, once more`);
    library.clock.advance(31);
    expect(await library.refresh(mine.refreshToken)).toEqual({ outcome: "rejected", reason: "superseded" });
    expect(await usable(mine)).toBe(true);
  });

  it("makes the token from before it a rotated-away one: reuse, if nobody was told to retry with it (R3)", async () => {
    const mine = await logIn();
    await library.changePassword(mine.session, PASSWORD, NEW_PASSWORD);
    library.clock.advance(31);
    expect(await library.refresh(mine.refreshToken)).toEqual({ outcome: "rejected", reason: "reused" });
    expect(await usable(mine)).toBe(false);
  });

  it("takes the window away once: a refresh after it replays as ever", async () => {
    const mine = await logIn();
    const changed = await library.changePassword(mine.session, PASSWORD, NEW_PASSWORD);
    if (changed.outcome !== "changed") throw new Error(changed.outcome);
    const next = getTokens(await library.refresh(changed.tokens.refreshToken));
    const again = await library.refresh(changed.tokens.refreshToken);
    expect(getTokens(again).refreshToken).toBe(next.refreshToken);
  });

  it("made again by the session that made it is one change; by another session, a wrong password", async () => {
    const mine = await logIn();
    await library.changePassword(mine.session, PASSWORD, NEW_PASSWORD);
    const again = await library.changePassword(mine.session, PASSWORD, NEW_PASSWORD);
    expect(again).toMatchObject({ outcome: "changed", tokens: { session: { generation: 1 } } });

    const other = getTokens(await library.logIn(user, NEW_PASSWORD));
    const guess = await library.changePassword(other.session, PASSWORD, NEW_PASSWORD);
    expect(guess.outcome).toBe("wrong_password");
  });

  it("made again after the window, by its key alone: without it a second password would be a second guess (B1)", async () => {
    const mine = await logIn();
    const change = (key?: string) => library.changePassword(mine.session, PASSWORD, NEW_PASSWORD, key);
    await change("the key of the first try");
    library.clock.advance(31);
    expect(await change()).toEqual({ outcome: "wrong_password" });
    expect(await change("another key")).toEqual({ outcome: "wrong_password" });
    expect(await change("the key of the first try")).toMatchObject({ outcome: "changed" });
  });

  it("of a session that was ended while the password was hashed changes nothing", async () => {
    const mine = await logIn();
    const { sessions } = library.dependencies;
    const endedMeanwhile: typeof sessions = {
      ...sessions,
      find: async (key) => {
        const session = await sessions.find(key);
        await sessions.revoke(key, "revoked_by_user", library.clock.now());
        return session;
      },
    };
    const request = { ...mine.session, currentPassword: PASSWORD, newPassword: NEW_PASSWORD };
    const outcome = await changePassword({ ...library.dependencies, sessions: endedMeanwhile }, request, caller);
    expect(outcome).toEqual({ outcome: "session_over" });
    expect(await library.logIn(user)).toBeDefined();
  });

  it("that meets a refresh half way wants the key of the token that the refresh made", async () => {
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

  it("that another one overtakes spares the session of the later change, and its own session is over", async () => {
    const mine = await logIn();
    const { users } = library.dependencies;
    let later: IssuedTokens | undefined;
    const overtaken: typeof users = {
      ...users,
      changePassword: async (...change) => {
        const outcome = await users.changePassword(...change);
        later = getTokens(await library.logIn(user, NEW_PASSWORD));
        // The later change has got as far as its own first write.
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

  it("stopped half way has still ended the other sessions", async () => {
    const [mine, other] = [await logIn(), await logIn()];
    const { users } = library.dependencies;
    await users.changePassword(user.userId, "any digest", user.credentialVersion, mine.session.sessionId);
    expect(await library.refresh(other.refreshToken)).toMatchObject({ reason: "credentials_changed" });
    expect((await library.refresh(mine.refreshToken)).outcome).toBe("rotated");
  });
});

it("a session that was ended is not opened again by a repeated write (S2)", async () => {
  const { session } = getTokens(await library.logIn(await library.signUp()));
  const { sessions } = library.dependencies;
  await sessions.create(session);
  await sessions.revoke(session, "logout", library.clock.now());
  await expect(sessions.create(session)).rejects.toMatchObject({ code: "temporarily_unavailable" });
  expect(await sessions.find(session)).toHaveProperty("revokedAt");
});

describe("an account that is barred", () => {
  it("loses its sessions, and they stay dead when it is readmitted", async () => {
    const mine = await logIn();
    expect(await disableUser(library.dependencies, user.userId, caller)).toBe(true);
    expect(await library.logIn(user)).toBeUndefined();
    expect(await enableUser(library.dependencies, user.userId, caller)).toBe(true);
    expect(await library.refresh(mine.refreshToken)).toMatchObject({ outcome: "rejected" });
    expect(await library.logIn(user)).toBeDefined();
  });

  it("or deleted frees its address", async () => {
    const mine = await logIn();
    expect(await deleteUser(library.dependencies, user.userId, caller)).toBe(true);
    expect(await library.refresh(mine.refreshToken)).toMatchObject({ outcome: "rejected" });
    expect(await library.dependencies.users.findByEmail(user.normalizedEmail)).toBeUndefined();
    expect(await deleteUser(library.dependencies, user.userId, caller)).toBe(false);
  });
});
