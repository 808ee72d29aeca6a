import { describe, expect } from "vitest";
import type { IssuedTokens } from "../../shared/sessions/issue-tokens.ts";
import { it } from "../support/it.ts";
import { getTokens, type SessionLibrary, sessionLibrary } from "../support/session-library.ts";
import { type WebService, webService } from "../support/web-service.ts";

let library: SessionLibrary;
let service: WebService;
let tokens: IssuedTokens;

it.beforeEach(async ({ database }) => {
  library = sessionLibrary(database);
  service = webService(library);
  tokens = getTokens(await library.logIn(await library.signUp()));
});

const end = (id: string) =>
  service.send({
    method: "DELETE",
    path: `/auth/sessions/${id}`,
    headers: { Authorization: `Bearer ${tokens.accessToken}` },
  });

describe("DELETE /auth/sessions/{id}", () => {
  it("is 404 for another's session, which goes on (O3)", async () => {
    const other = getTokens(await library.logIn(await library.signUp()));
    expect(await end(other.session.sessionId)).toMatchObject({ status: 404, body: { error: "not_found" } });
    expect(await library.isUsable(other.session)).toBe(true);
  });

  it.each(["x", "x".repeat(128), "x".repeat(129), "x".repeat(1025), "x".repeat(8000), "%00", "é", "..", "a b", "*"])(
    "is 404 for an id of no session, never a 5xx: %s (E1)",
    async (id) => {
      expect(await end(id)).toMatchObject({ status: 404, body: { error: "not_found" } });
    },
  );
});
