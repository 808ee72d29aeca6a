import { decodeProtectedHeader } from "jose";
import { expect, it } from "vitest";
import { findInLocalService } from "../../bin/rotate-keys-function.ts";
import { aFolder } from "../local/support/assembly.ts";
import { startService } from "../support/service-process.ts";

/** The limit that docs/keys.md states. */
const WITHDRAWN_WITHIN_SECONDS = 60;

it("the tokens of a withdrawn key are rejected within 60 s, and the session goes on with another key (K4)", async () => {
  const dataDirectory = aFolder();
  const service = await startService({ dataDirectory });
  const tokens = await service.signIn(await service.newAccount());
  expect((await service.me(tokens.access_token)).status).toBe(200);

  const { kid } = decodeProtectedHeader(tokens.access_token);
  await findInLocalService(dataDirectory).invoke({ action: "withdraw", kid });
  await service.advance(WITHDRAWN_WITHIN_SECONDS);
  expect((await service.me(tokens.access_token)).status).toBe(401);

  const fresh = await service.rotate(tokens);
  expect(decodeProtectedHeader(fresh.access_token).kid).not.toBe(kid);
  expect((await service.me(fresh.access_token)).status).toBe(200);
});
