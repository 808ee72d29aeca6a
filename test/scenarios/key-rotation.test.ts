import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from "jose";
import { expect, it } from "vitest";
import { aFolder } from "../local/support/assembly.ts";
import { type Service, startService } from "../support/service-process.ts";
import type { Tokens } from "../support/session-api.ts";

const ISSUER = "https://auth.example.com";
const STEP_SECONDS = 600;

/** Refreshes every ten minutes, uses the new token and the one before, and shows both to a verifier of its own. */
const live = async (service: Service, tokens: Tokens, steps: number) => {
  const algorithms = new Set<string | undefined>();
  let held = tokens;
  for (let step = 0; step < steps; step++) {
    await service.advance(STEP_SECONDS);
    const fresh = await service.rotate(held);
    const keySet = (await service.call("GET", "/.well-known/jwks.json")).body as JSONWebKeySet;
    const currentDate = new Date((await service.now()) * 1000);
    for (const { access_token } of [held, fresh]) {
      expect(await service.me(access_token)).toMatchObject({ status: 200 });
      await jwtVerify(access_token, createLocalJWKSet(keySet), { issuer: ISSUER, typ: "at+jwt", currentDate });
    }
    algorithms.add(decodeProtectedHeader(fresh.access_token).alg);
    held = fresh;
  }
  return { tokens: held, algorithms: [...algorithms] };
};

/** How long the client lives with each deployment, and what its tokens are signed with. */
const DEPLOYMENTS = [
  { signingAlgorithm: "RS256", steps: 1, seen: ["RS256"] },
  { signingAlgorithm: "ES256", steps: 19, seen: ["RS256", "ES256"] },
  // The restart sets the clock back, so this key is public for long enough by the time that the client is there again.
  { signingAlgorithm: "EdDSA", steps: 3, seen: ["EdDSA"] },
] as const;

it("RS256, then ES256, then EdDSA, deployed under a client that keeps refreshing: no failure (K2)", async () => {
  const dataDirectory = aFolder();
  let tokens: Tokens | undefined;
  let stepsBefore = 0;
  for (const { signingAlgorithm, steps, seen } of DEPLOYMENTS) {
    const service = await startService({ dataDirectory, settings: { signingAlgorithm, issuer: ISSUER } });
    await service.advance(stepsBefore * STEP_SECONDS);
    tokens ??= await service.signIn(await service.newAccount());
    const life = await live(service, tokens, steps);
    expect(life.algorithms).toEqual(seen);
    tokens = life.tokens;
    stepsBefore += steps;
    await service.stop();
  }
}, 180_000);
