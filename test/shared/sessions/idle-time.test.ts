import { describe, expect } from "vitest";
import type { Transport } from "../../../shared/sessions/session.ts";
import { it } from "../../support/it.ts";
import { getTokens, type SessionLibrary, sessionLibrary, sessionSettings } from "../../support/session-library.ts";

const { accessTokenSeconds, cookieIdleSeconds, refreshTokenSeconds } = sessionSettings;

let library: SessionLibrary;
it.beforeEach(({ database }) => {
  library = sessionLibrary(database);
});

/** Refreshes a new session after `seconds` without a refresh. */
const refreshAfter = async (transport: Transport, seconds: number) => {
  const tokens = getTokens(await library.logIn(await library.signUp(), undefined, transport));
  library.clock.advance(seconds);
  return library.refresh(tokens.refreshToken, undefined, transport);
};

describe("a cookie session", () => {
  it("lives for cookieIdleSeconds after the last second of its access token (R7)", async () => {
    const lastUse = accessTokenSeconds - 1;
    expect((await refreshAfter("cookie", lastUse + cookieIdleSeconds)).outcome).toBe("rotated");
  });

  it("expires at most an access token's lifetime after cookieIdleSeconds without a request (R7)", async () => {
    const refreshed = await refreshAfter("cookie", cookieIdleSeconds + accessTokenSeconds);
    expect(refreshed).toMatchObject({ outcome: "rejected", reason: "expired" });
  });

  it("restarts the idle time at each refresh and each password change (R7)", async () => {
    const user = await library.signUp();
    const first = getTokens(await library.logIn(user, undefined, "cookie"));
    library.clock.advance(cookieIdleSeconds);
    const second = getTokens(await library.refresh(first.refreshToken, undefined, "cookie"));
    expect(second.refreshTokenSeconds).toBe(cookieIdleSeconds + accessTokenSeconds);
    library.clock.advance(cookieIdleSeconds);
    const changed = await library.changePassword(second.session, "correct horse battery staple", "seven quiet herons");
    expect(changed).toMatchObject({ tokens: { refreshTokenSeconds: cookieIdleSeconds + accessTokenSeconds } });
  });
});

describe("a bearer session", () => {
  it("expires refreshTokenSeconds after its last refresh (R7)", async () => {
    expect((await refreshAfter("bearer", refreshTokenSeconds - 1)).outcome).toBe("rotated");
    expect(await refreshAfter("bearer", refreshTokenSeconds)).toMatchObject({ reason: "expired" });
  });
});
