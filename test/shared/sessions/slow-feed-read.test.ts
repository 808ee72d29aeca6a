import { expect } from "vitest";
import { addSeconds } from "../../../shared/time.ts";
import { it } from "../../support/it.ts";
import { getTokens, sessionLibrary } from "../../support/session-library.ts";

it("a reading of the feed during which Lambda freezes the environment counts from its start: nothing is missed (O2)", async ({
  database,
}) => {
  const library = sessionLibrary(database);
  const { session } = getTokens(await library.logIn(await library.signUp()));
  const client = database.newDocumentClient();
  let frozenSeconds = 0;
  client.middlewareStack.add(
    (next) => async (args) => {
      const response = await next(args);
      library.clock.advance(frozenSeconds);
      frozenSeconds = 0;
      return response;
    },
    { step: "initialize" },
  );
  const isRevoked = library.createFeed(client);
  const startedAt = library.clock.now();
  // The reading has found nothing, and its response is used two minutes later.
  frozenSeconds = 120;
  expect(await isRevoked(session)).toBe(false);
  await library.dependencies.sessions.revoke(session, "logout", addSeconds(startedAt, 1));
  expect(await isRevoked(session)).toBe(true);
});
