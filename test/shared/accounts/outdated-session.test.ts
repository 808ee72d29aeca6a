import { describe, expect } from "vitest";
import { hashPassword } from "../../../shared/passwords/hash-password.ts";
import { it } from "../../support/it.ts";
import { getTokens, type SessionLibrary, sessionLibrary } from "../../support/session-library.ts";

const [NEW_PASSWORD, LAST_PASSWORD] = ["another battery, another staple", "the third horse, the third staple"];

let library: SessionLibrary;
it.beforeAll(({ database }) => {
  library = sessionLibrary(database);
});

describe("a session that a password change of another session has outdated, and that is not revoked yet", () => {
  it("cannot change the password, even with the right one (O4)", async () => {
    const user = await library.signUp();
    const [outdated, kept] = [getTokens(await library.logIn(user)), getTokens(await library.logIn(user))];
    // The other session sets the password. The function ends before it revokes this session.
    const digest = await hashPassword(NEW_PASSWORD, library.ring(), { cost: 4 });
    await library.dependencies.users.changePassword(user.userId, digest, 1, kept.session.sessionId);

    const { outcome } = await library.changePassword(outdated.session, NEW_PASSWORD, LAST_PASSWORD);
    expect(outcome).toBe("session_over");
    expect(await library.logIn(user, LAST_PASSWORD)).toBeUndefined();
    expect(await library.logIn(user, NEW_PASSWORD)).toBeDefined();
    expect((await library.changePassword(kept.session, NEW_PASSWORD, LAST_PASSWORD)).outcome).toBe("changed");
  });
});
