import { describe, expect } from "vitest";
import { randomIds, type SessionId, type TokenId } from "../../../shared/ids.ts";
import { listSessions } from "../../../shared/sessions/own-sessions.ts";
import { enforceSessionLimit, MAX_SESSIONS } from "../../../shared/sessions/revoke-sessions.ts";
import { openSession, type Session } from "../../../shared/sessions/session.ts";
import { addSeconds } from "../../../shared/time.ts";
import type { TestDynamoDb } from "../../support/dynamodb.ts";
import { it } from "../../support/it.ts";
import {
  caller,
  getTokens,
  type SessionLibrary,
  sessionLibrary,
  sessionSettings,
} from "../../support/session-library.ts";
import { NOW } from "../../support/time.ts";

const aSession = (changes: Partial<Session> = {}): Session => ({
  ...openSession(
    {
      userId: randomIds.userId(),
      sessionId: randomIds.sessionId(),
      transport: "bearer",
      device: { userAgent: "test", ip: "192.0.2.1" },
      credentialVersion: 1,
      refreshJti: randomIds.tokenId() as TokenId,
      refreshKid: "key",
    },
    NOW,
    sessionSettings,
  ),
  ...changes,
});
const named = (name: string, changes: Partial<Session> = {}) => aSession({ sessionId: name as SessionId, ...changes });

/** The sessions that a login revokes when the store lists `open` in this order. */
const revokedBy = async (newest: Session, open: readonly Session[]): Promise<readonly string[]> => {
  const revoked: string[] = [];
  const sessions = {
    listLive: async () => open,
    revoke: async ({ sessionId }: Pick<Session, "sessionId">) => revoked.push(sessionId) > 0,
  };
  await enforceSessionLimit({ sessions, clock: () => NOW, audit: () => undefined }, newest, caller);
  return revoked.sort();
};

describe("the session limit", () => {
  const newest = named("0 newest");
  const recent = Array.from({ length: MAX_SESSIONS - 1 }, (_, index) => named(`z ${index}`));

  it.each<[string, Partial<Session>, Partial<Session>]>([
    [
      "refreshed less recently, although it was opened later",
      { refreshIssuedAt: addSeconds(NOW, -9), createdAt: addSeconds(NOW, -9) },
      { refreshIssuedAt: addSeconds(NOW, -8), createdAt: addSeconds(NOW, -99) },
    ],
    [
      "opened earlier, of two that were refreshed in one second",
      { createdAt: addSeconds(NOW, -9) },
      { createdAt: addSeconds(NOW, -8) },
    ],
    ["rotated less often, of two that were opened and refreshed in one second", { generation: 0 }, { generation: 1 }],
    ["first by its id, of two that are equal in everything else", {}, {}],
  ])(
    "revokes the session that was %s, in whatever order the store lists the sessions (S4)",
    async (_, first, second) => {
      const [revoked, kept] = [named("1", first), named("2", second)];
      const others = recent.slice(1).map((session) => ({ ...session, generation: 7 }));
      for (const open of [
        [revoked, kept, newest, ...others],
        [...others, newest, kept, revoked],
        [kept, ...others, revoked, newest],
      ]) {
        expect(open).toHaveLength(MAX_SESSIONS + 1);
        expect(await revokedBy(newest, open)).toEqual(["1"]);
      }
    },
  );

  it("never revokes the session that was just opened, even if it is the first of its second (S4)", async () => {
    expect(await revokedBy(newest, [newest, ...recent])).toEqual([]);
    expect(await revokedBy(newest, [newest, named("1"), ...recent])).toEqual(["1"]);
  });
});

describe("the hundred and first login", () => {
  let database: TestDynamoDb;
  let library: SessionLibrary;
  it.beforeAll(({ database: started }) => {
    database = started;
    library = sessionLibrary(database);
  });

  const fill = async (userId: Session["userId"]) => {
    const { now } = library.clock;
    for (let age = MAX_SESSIONS - 1; age > 0; age--) {
      const opened = addSeconds(now(), -age);
      await library.dependencies.sessions.create(aSession({ userId, createdAt: opened, refreshIssuedAt: opened }));
    }
  };

  it("does not revoke a session in daily use that was opened before 99 abandoned sessions (S4)", async () => {
    const user = await library.signUp();
    const phone = getTokens(await library.logIn(user));
    library.clock.advance(MAX_SESSIONS);
    await fill(user.userId);
    const open = await listSessions(library.dependencies, user.userId);
    const leastRecent = open.filter(({ sessionId }) => sessionId !== phone.session.sessionId).at(-1);
    expect((await library.refresh(phone.refreshToken)).outcome).toBe("rotated");
    const newest = getTokens(await library.logIn(user));
    expect(await library.isUsable(phone.session)).toBe(true);
    expect(await library.isUsable(newest.session)).toBe(true);
    expect(leastRecent && (await library.isUsable(leastRecent))).toBe(false);
    expect(await listSessions(library.dependencies, user.userId)).toHaveLength(MAX_SESSIONS);
  });

  it("of many at the same time revokes only the excess, and no new session (S4, R8)", async () => {
    const user = await library.signUp();
    await library.logIn(user);
    library.clock.advance(MAX_SESSIONS);
    await fill(user.userId);
    const opened = await Promise.all(Array.from({ length: 10 }, () => library.logIn(user)));
    const open = (await listSessions(library.dependencies, user.userId)).map(({ sessionId }) => sessionId);
    expect(open).toHaveLength(MAX_SESSIONS);
    expect(open).toEqual(expect.arrayContaining(opened.map((tokens) => getTokens(tokens).session.sessionId)));
  });
});
