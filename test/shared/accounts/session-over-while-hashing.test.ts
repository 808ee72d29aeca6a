import { describe, expect } from "vitest";
import { changePassword } from "../../../shared/accounts/change-password.ts";
import { bcryptjs } from "../../../shared/passwords/bcrypt.ts";
import { it } from "../../support/it.ts";
import { caller, getTokens, PASSWORD, type SessionLibrary, sessionLibrary } from "../../support/session-library.ts";

const NEW_PASSWORD = "another battery, another staple";

let library: SessionLibrary;
it.beforeAll(({ database }) => {
  library = sessionLibrary(database);
});

describe("a password change whose session ends while bcrypt works", () => {
  it.each(["a logout", "the end of its time"])("changes nothing after %s (R8)", async (end) => {
    const user = await library.signUp();
    const { session } = getTokens(await library.logIn(user));
    let hashes = 0;
    const passwordWork = {
      cost: 4,
      bcrypt: async (input: string, salt: string) => {
        hashes += 1;
        // The first hash verifies the current password, the second one is of the new password.
        if (hashes === 2) {
          if (end === "a logout") await library.dependencies.sessions.revoke(session, "logout", library.clock.now());
          else library.clock.advance(700_000);
        }
        return bcryptjs(input, salt);
      },
    };
    const { userId, sessionId } = session;
    const request = { userId, sessionId, currentPassword: PASSWORD, newPassword: NEW_PASSWORD };
    library.audited.length = 0;
    const { outcome } = await changePassword({ ...library.dependencies, passwordWork }, request, caller);
    expect([outcome, hashes]).toEqual(["session_over", 2]);
    expect(library.audited.map(({ event }) => event)).not.toContain("password_changed");
    expect(await library.logIn(user, NEW_PASSWORD)).toBeUndefined();
    expect(await library.logIn(user, PASSWORD)).toBeDefined();
  });
});
