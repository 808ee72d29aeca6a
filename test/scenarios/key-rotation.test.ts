import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from "jose";
import { expect, it } from "vitest";
import { type Service, startService } from "../support/service-process.ts";
import type { Tokens } from "../support/session-api.ts";

const STEP_SECONDS = 600;
/** docs/keys.md: a new key is known everywhere after 2 h 16 min, and the rotation runs again within an hour. */
const STEPS_UNTIL_IT_SIGNS = 20;

/** Creates a client that refreshes repeatedly. The client uses the new and the previous access token, and verifies both itself. */
const createClient = (service: Service, first: Tokens) => {
  let held = first;
  const refresh = async (): Promise<string | undefined> => {
    const fresh = await service.rotate(held);
    const keySet = (await service.call("GET", "/.well-known/jwks.json")).body as JSONWebKeySet;
    const currentDate = new Date((await service.now()) * 1000);
    for (const { access_token } of [held, fresh]) {
      expect(await service.me(access_token)).toMatchObject({ status: 200 });
      await jwtVerify(access_token, createLocalJWKSet(keySet), { issuer: service.url, typ: "at+jwt", currentDate });
    }
    held = fresh;
    return decodeProtectedHeader(fresh.access_token).alg;
  };
  return {
    /** Refreshes every ten minutes of the service's clock. @returns the algorithms of the signatures, in order */
    live: async (steps: number) => {
      const algorithms = new Set<string | undefined>();
      for (let step = 0; step < steps; step++) {
        await service.advance(STEP_SECONDS);
        algorithms.add(await refresh());
      }
      return [...algorithms];
    },
    /** Refreshes without a pause until the work is done. @returns the number of refreshes */
    liveThrough: async (work: Promise<void>) => {
      let isOver = false;
      const over = work.finally(() => {
        isOver = true;
      });
      let refreshes = 0;
      for (; !isOver; refreshes++) await refresh();
      await over;
      return refreshes;
    },
  };
};

it("a client that keeps refreshing sees no failure while RS256, ES256 and EdDSA are deployed (K2)", async () => {
  const service = await startService({ settings: { signingAlgorithm: "RS256" } });
  const client = createClient(service, await service.signIn(await service.newAccount()));
  expect(await client.live(1)).toEqual(["RS256"]);
  for (const [before, after] of [
    ["RS256", "ES256"],
    ["ES256", "EdDSA"],
  ] as const) {
    expect(await client.liveThrough(service.deploy({ signingAlgorithm: after }))).toBeGreaterThan(0);
    expect(await client.live(STEPS_UNTIL_IT_SIGNS)).toEqual([before, after]);
  }
});
