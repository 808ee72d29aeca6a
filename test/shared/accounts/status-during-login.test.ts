import { describe, expect } from "vitest";
import { type LoginDependencies, logIn } from "../../../shared/accounts/log-in.ts";
import type { User } from "../../../shared/users/user.ts";
import { it } from "../../support/it.ts";
import { caller, PASSWORD, type SessionLibrary, sessionLibrary } from "../../support/session-library.ts";

let library: SessionLibrary;
it.beforeAll(({ database }) => {
  library = sessionLibrary(database);
});

describe("a login during which the account changes, after the password was checked", () => {
  // The credential version stays as it was: somebody wrote the row by hand, or restored it.
  it.each<[string, (user: User) => User | undefined]>([
    ["is disabled", (user) => ({ ...user, status: "disabled" })],
    ["is marked as deleted", (user) => ({ ...user, status: "deleted" })],
    ["is removed", () => undefined],
    ["has a new password", (user) => ({ ...user, credentialVersion: user.credentialVersion + 1 })],
  ])("opens no session if the account %s (R8)", async (_, change) => {
    const user = await library.signUp();
    const { users, sessions } = library.dependencies;
    const dependencies: LoginDependencies = {
      ...library.dependencies,
      users: {
        ...users,
        findById: async (userId) => {
          const found = await users.findById(userId);
          return found && change(found);
        },
      },
    };
    const request = { email: user.email, password: PASSWORD, transport: "bearer" } as const;
    library.audited.length = 0;
    expect(await logIn(dependencies, request, caller, async () => undefined)).toBeUndefined();
    expect(await sessions.listLive(user.userId, library.clock.now())).toEqual([]);
    expect(library.audited.map(({ event }) => event)).toEqual(["session_revoked", "login_failed"]);
  });
});
