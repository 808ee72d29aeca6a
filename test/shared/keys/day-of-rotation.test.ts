import { JwtVerifier } from "aws-jwt-verify";
import { SimpleJwksCache } from "aws-jwt-verify/jwk";
import { createRemoteJWKSet, customFetch, jwtVerify } from "jose";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { randomIds } from "../../../shared/ids.ts";
import { cachedRead } from "../../../shared/keys/cached-read.ts";
import { keyGenerator } from "../../../shared/keys/generate-keys.ts";
import type { RotationSettings } from "../../../shared/keys/key-policy.ts";
import type { KeyRing, SigningAlgorithm } from "../../../shared/keys/key-ring.ts";
import { KEY_RING_AGE, PUBLISHED_KEYS_AGE } from "../../../shared/keys/key-sources.ts";
import type { PublicJwk } from "../../../shared/keys/public-keys.ts";
import { signingKey } from "../../../shared/keys/signing-key.ts";
import { verificationKeys } from "../../../shared/keys/verification-keys.ts";
import { addSeconds, systemClock } from "../../../shared/time.ts";
import { cachedVerifier } from "../../../shared/tokens/cached-verifier.ts";
import { signRefreshToken, verifyRefreshToken } from "../../../shared/tokens/refresh-token.ts";
import { signAccessToken } from "../../../shared/tokens/sign-access-token.ts";
import { NOW } from "../../support/time.ts";
import { aSubject, refreshClaims, tokenSettings, verifierSettings } from "../../support/tokens.ts";
import { fullRing, HOUR, keyScene, settings } from "./builders.ts";

const MINUTE = 60;
const TWO_HOURS_MS = 2 * HOUR * 1000;
const JWKS_URI = `${tokenSettings.issuer}/.well-known/jwks.json`;

/**
 * Reads fail for this number of minutes after every full hour, when keys rotate. The first read of an execution environment
 * succeeds.
 */
type Outage = { readonly minutes: number };

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: NOW * 1000 });
});
afterEach(() => {
  vi.useRealTimers();
});

const startService = (period: Partial<RotationSettings>) => {
  const { run, stores } = keyScene({ clock: systemClock, generate: keyGenerator(randomIds) });
  const during =
    <Value>({ minutes }: Outage, read: () => Promise<Value>) =>
    async () => {
      const age = systemClock() - NOW;
      if (age >= HOUR && age % HOUR < minutes * MINUTE) throw new Error("unreachable");
      return read();
    };
  const readSet = async (): Promise<readonly PublicJwk[]> => {
    const published = await stores.readPublished();
    return published?.keys.map(({ jwk }) => jwk) ?? [];
  };
  // Both clocks show the time that the test set.
  const moment = () => ({ wall: systemClock(), monotonic: systemClock() });
  const servedSet = cachedRead(readSet, { moment, ...PUBLISHED_KEYS_AGE });

  return {
    rotate: (changes: Partial<RotationSettings> = {}) =>
      run({ action: "maintain" }, { settings: settings({ ...period, ...changes }) }),
    /** The ring and the clock of an execution environment that signs. */
    ringOfEnvironment: (outage: Outage) =>
      cachedRead<KeyRing>(
        during(outage, async () => fullRing((await stores.readRing()).ring)),
        { moment, ...KEY_RING_AGE },
      ),
    authorizer: (outage: Outage) =>
      cachedVerifier(
        cachedRead(
          during(outage, async () => verificationKeys(await readSet())),
          { moment, ...PUBLISHED_KEYS_AGE },
        ),
        verifierSettings,
        systemClock,
      ),
    jwks: async (): Promise<string> => JSON.stringify({ keys: await servedSet.get() }),
  };
};

type Service = ReturnType<typeof startService>;
type Verify = (token: string) => Promise<unknown>;

/** A verifier that keeps its copy for two hours and does not fetch again for an unknown key. */
const joseVerifier = (service: Service): Verify => {
  const keys = createRemoteJWKSet(new URL(JWKS_URI), {
    cacheMaxAge: TWO_HOURS_MS,
    cooldownDuration: TWO_HOURS_MS,
    [customFetch]: async () => new Response(await service.jwks()),
  });
  return (token) =>
    jwtVerify(token, keys, { issuer: tokenSettings.issuer, audience: "latchkey", typ: "at+jwt", clockTolerance: 5 });
};

const awsVerifier = (service: Service): Verify => {
  const fetcher = { fetch: async () => new TextEncoder().encode(await service.jwks()).buffer };
  const verifier = JwtVerifier.create(
    { issuer: tokenSettings.issuer, audience: "latchkey", jwksUri: JWKS_URI, graceSeconds: 5 },
    { jwksCache: new SimpleJwksCache({ fetcher }) },
  );
  return (token) => verifier.verify(token);
};

const ourVerifier = (service: Service, outage: Outage): Verify => {
  const verify = service.authorizer(outage);
  return async (token) => {
    const verdict = await verify(token);
    if (!verdict.valid) throw new Error(verdict.reason);
  };
};

/** Signs and verifies every minute for `hours`, and returns every failure. `eachHour` is the schedule. */
const simulate = async (service: Service, hours: number, eachHour: (hour: number) => Promise<unknown>) => {
  await eachHour(0);
  const rings = [{ minutes: 0 }, { minutes: 0 }, { minutes: 4 }].map(service.ringOfEnvironment);
  const verifiers: { readonly name: string; readonly verify: Verify; readonly fromMinute: number }[] = [
    { name: "our authorizer", verify: ourVerifier(service, { minutes: 0 }), fromMinute: 0 },
    { name: "our authorizer, failing to read", verify: ourVerifier(service, { minutes: 13 }), fromMinute: 0 },
    { name: "aws-jwt-verify", verify: awsVerifier(service), fromMinute: 0 },
    // Verifiers with copies of every age. A new key must be in the oldest copy.
    ...[0, 59, 119].map((fromMinute) => ({
      name: `jose from minute ${fromMinute}`,
      verify: joseVerifier(service),
      fromMinute,
    })),
  ];
  const failures: string[] = [];
  const signers = new Set<string>();
  const algorithms = new Set<SigningAlgorithm>();
  const alive: { readonly token: string; readonly until: number }[] = [];
  const sessions: string[] = [];
  let accepted = 0;

  for (let minute = 0; minute < hours * 60; minute++) {
    vi.setSystemTime((NOW + minute * MINUTE) * 1000);
    if (minute > 0 && minute % 60 === 0) await eachHour(minute / 60);
    const now = systemClock();
    for (const [environment, source] of rings.entries()) {
      const ring = await source.get();
      const signer = await signingKey(ring);
      signers.add(signer.kid);
      algorithms.add(signer.alg);
      const token = await signAccessToken(
        aSubject(),
        { jti: randomIds.tokenId(), issuedAt: now, expiresAt: addSeconds(now, 900) },
        signer,
        tokenSettings,
      );
      alive.push({ token, until: addSeconds(now, 899) });

      // Every execution environment refreshes one session of another, and creates one.
      const presented = sessions[(minute + environment) % Math.max(1, sessions.length)];
      if (presented !== undefined && (await verifyRefreshToken(presented, ring)) === undefined) {
        failures.push(`minute ${minute}: environment ${environment} does not know a refresh token`);
      }
      const claims = refreshClaims({ iat: now, exp: addSeconds(now, 7 * 24 * HOUR) });
      if (minute % 30 === 0) sessions.push(await signRefreshToken(claims, ring.refresh.current));
    }
    while (alive[0] !== undefined && alive[0].until < now) alive.shift();
    for (const { name, verify, fromMinute } of verifiers) {
      if (minute < fromMinute) continue;
      // The newest token of each execution environment, and the oldest token that has not expired. The others were verified before.
      for (const { token } of [...alive.slice(0, 1), ...alive.slice(-3)]) {
        await verify(token).then(
          () => accepted++,
          (error: unknown) => failures.push(`minute ${minute}: ${name}: ${error}`),
        );
      }
    }
  }
  return { failures, signers, algorithms, accepted, sessions };
};

describe("a day of simulated time", { timeout: 1_800_000 }, () => {
  it("with another signer every hour: no verifier rejects a token and no session is lost (K2)", async () => {
    const service = startService({ rotationPeriodSeconds: HOUR });
    const day = await simulate(service, 24, () => service.rotate());
    expect(day.failures).toEqual([]);
    expect(day.signers.size).toBeGreaterThanOrEqual(21);
    expect(day.accepted).toBeGreaterThan(30_000);
  });

  it("from RS256 to ES256 to EdDSA: no verifier rejects a token and no session is lost (K2)", async () => {
    const service = startService({});
    const algorithmAt = (hour: number): SigningAlgorithm => (hour < 2 ? "RS256" : hour < 8 ? "ES256" : "EdDSA");
    const day = await simulate(service, 14, (hour) => service.rotate({ algorithm: algorithmAt(hour) }));
    expect(day.failures).toEqual([]);
    expect([...day.algorithms]).toEqual(["RS256", "ES256", "EdDSA"]);
  });
});

describe("the simulation itself", { timeout: 1_800_000 }, () => {
  it("detects keys that sign too early", async () => {
    const service = startService({ rotationPeriodSeconds: HOUR, verifierCacheSeconds: 60 });
    const day = await simulate(service, 5, () => service.rotate());
    expect(day.failures.join("\n")).toContain("jose from minute");
  });

  it("detects keys that are removed too early", async () => {
    const service = startService({ rotationPeriodSeconds: HOUR, refreshTokenSeconds: 60 });
    const day = await simulate(service, 6, () => service.rotate());
    expect(day.failures.join("\n")).toContain("does not know a refresh token");
  });
});
