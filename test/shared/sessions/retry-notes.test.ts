import { describe, expect } from "vitest";
import { it } from "../../support/it.ts";
import { getTokens, type SessionLibrary, sessionLibrary } from "../../support/session-library.ts";

let library: SessionLibrary;
it.beforeAll(({ database }) => {
  library = sessionLibrary(database);
});

const aSession = async () => getTokens(await library.logIn(await library.signUp())).session;

describe("the note that a caller was told to retry", () => {
  it("is made once for a token that a password change has overtaken, so that the row does not grow (R10)", async () => {
    const { sessions } = library.dependencies;
    const session = await aSession();
    for (const _ of [1, 2, 3]) await sessions.markOvertaken(session, session.refreshJti);
    expect((await sessions.find(session))?.overtakenJtis).toEqual([session.refreshJti]);
  });

  it("changes no session that was revoked (S2)", async () => {
    const { sessions, ids } = library.dependencies;
    const session = await aSession();
    await sessions.revoke(session, "logout", library.clock.now());
    const revoked = await sessions.find(session);
    await sessions.markOvertaken(session, session.refreshJti);
    const failed = { presentedJti: session.refreshJti, successorJti: ids.tokenId(), windowStart: library.clock.now() };
    await sessions.markResponseUnknown(session, failed);
    expect(await sessions.find(session)).toEqual(revoked);
  });

  it("is not made for a token that was rotated away before the window (R3)", async () => {
    const { sessions, ids } = library.dependencies;
    const { session, refreshToken } = getTokens(await library.logIn(await library.signUp()));
    await library.refresh(refreshToken);
    const failed = { presentedJti: session.refreshJti, successorJti: ids.tokenId() };
    const now = library.clock.now();
    await sessions.markResponseUnknown(session, { ...failed, windowStart: (now + 1) as typeof now });
    expect((await sessions.find(session))?.retryRequestedJti).toBeUndefined();
    await sessions.markResponseUnknown(session, { ...failed, windowStart: now });
    expect((await sessions.find(session))?.retryRequestedJti).toBe(session.refreshJti);
  });
});
