import { describe, expect, it } from "vitest";
import { SIGNING_ALGORITHMS } from "../../../shared/contract/signing-algorithms.ts";
import type { AccessKey } from "../../../shared/keys/key-ring.ts";
import { addSeconds, type EpochSeconds } from "../../../shared/time.ts";
import { signRefreshToken } from "../../../shared/tokens/refresh-token.ts";
import { type VerifierSettings, verifyAccessToken } from "../../../shared/tokens/verify-access-token.ts";
import { accessSigner, signJws } from "../../support/jws.ts";
import { anAccessKey, aRefreshKey, publishedSet } from "../../support/keys.ts";
import { acceptableTokens, fitsInHeader, mutatedTokens } from "../../support/mutated-tokens.ts";
import { NOW } from "../../support/time.ts";
import { anAccessToken, aSubject, refreshClaims, verifierSettings } from "../../support/tokens.ts";

const createVerifier =
  (key: AccessKey, settings: Partial<VerifierSettings> = {}, now: EpochSeconds = NOW) =>
  async (token: unknown) => {
    const keys = await publishedSet(key);
    return verifyAccessToken(token, async (kid) => keys.get(kid), { ...verifierSettings, ...settings }, now);
  };

const refreshKey = aRefreshKey();
const refreshToken = await signRefreshToken(refreshClaims(), refreshKey);

describe.each(SIGNING_ALGORITHMS)("an access token signed with %s", async (alg) => {
  const accessKey = anAccessKey(alg, `${alg}-key`);
  const accessToken = await anAccessToken(accessKey);
  const source = { accessToken, accessKey, refreshToken, refreshKey };
  const verify = createVerifier(accessKey);

  it("is accepted, with its claims (T1, T2)", async () => {
    expect(await verify(accessToken)).toEqual({
      valid: true,
      kid: accessKey.kid,
      claims: {
        iss: "https://auth.example.com/prod",
        aud: "latchkey",
        sub: aSubject().userId,
        sid: aSubject().sessionId,
        jti: "dG9rZW4tMDAwMDAwMDAwMDA",
        iat: NOW,
        exp: NOW + 900,
        client_id: "latchkey",
        scope: "account",
        roles: ["member"],
        auth_time: NOW - 60,
        cv: 1,
      },
    });
  });

  it.each(acceptableTokens(source))("is accepted: $name", async ({ token }) => {
    expect(await verify(token)).toMatchObject({ valid: true, claims: { sub: aSubject().userId } });
  });

  it.each(mutatedTokens(source))("is rejected with $name ($checklist)", async ({ token }) => {
    expect(await verify(token)).toEqual({ valid: false, reason: expect.any(String) });
  });

  it("is rejected with another key of the same algorithm and the same kid (T3)", async () => {
    const other = createVerifier(anAccessKey(alg, accessKey.kid));
    expect(await other(accessToken)).toEqual({ valid: false, reason: "bad_signature" });
  });

  it.each(SIGNING_ALGORITHMS.filter((other) => other !== alg))(
    "is rejected if its kid names a key for %s (T3)",
    async (other) => {
      const verdict = await createVerifier(anAccessKey(other, accessKey.kid))(accessToken);
      expect(verdict).toEqual({ valid: false, reason: "wrong_algorithm" });
    },
  );
});

describe("the list of altered tokens", async () => {
  const accessKey = anAccessKey("ES256");
  const source = { accessToken: await anAccessToken(accessKey), accessKey, refreshToken, refreshKey };

  it("has every requirement from T1 to T8, and no name twice", () => {
    const mutants = mutatedTokens(source);
    const names = mutants.map(({ checklist, name }) => `${checklist}: ${name}`);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
    expect([...new Set(mutants.map(({ checklist }) => checklist))].sort()).toEqual([
      "T1",
      "T2",
      "T3",
      "T4",
      "T5",
      "T6",
      "T7",
      "T8",
    ]);
  });

  it("can mostly be sent in a header, with tokens of every requirement", () => {
    const mutants = mutatedTokens(source);
    const sendable = mutants.filter(fitsInHeader);
    expect(sendable.length).toBeGreaterThan(mutants.length * 0.8);
    expect(new Set(sendable.map(({ checklist }) => checklist)).size).toBe(8);
  });

  it("does not contain the unaltered token", () => {
    expect(mutatedTokens(source).filter(({ token }) => token === source.accessToken)).toEqual([]);
  });
});

describe("a value that is no string", () => {
  const verify = createVerifier(anAccessKey("ES256"));

  it.each([
    undefined,
    null,
    7,
    true,
    {},
    [],
    new Date(0),
    Buffer.from("a.b.c"),
    ["a.b.c"],
    { toString: () => "a.b.c" },
  ])("is rejected: %s (T5)", async (value) => {
    expect(await verify(value)).toEqual({ valid: false, reason: "malformed" });
  });
});

describe("time", () => {
  const key = anAccessKey("ES256");
  const at = (seconds: number, settings: Partial<VerifierSettings> = {}) =>
    createVerifier(key, settings, addSeconds(NOW, seconds));
  const tolerance = verifierSettings.clockToleranceSeconds;

  it.each([
    ["is valid in the last second of its lifetime", 899, { valid: true }],
    ["is valid within the clock tolerance after its lifetime", 900 + tolerance - 1, { valid: true }],
    ["has expired after the tolerance", 900 + tolerance, { valid: false, reason: "expired" }],
  ])("a token %s (T6)", async (_case, seconds, verdict) => {
    expect(await at(seconds)(await anAccessToken(key))).toMatchObject(verdict);
  });

  it.each([
    ["a clock of the verifier that is 60 s behind is tolerated", -60, { valid: true }],
    ["a clock of the verifier that is 61 s behind is not tolerated", -61, { valid: false, reason: "not_yet_valid" }],
  ])("%s (T6)", async (_case, seconds, verdict) => {
    expect(await at(seconds)(await anAccessToken(key))).toMatchObject(verdict);
  });

  it.each([
    ["nbf is compared with the tolerance", tolerance, { valid: true }],
    ["nbf a second later is rejected", tolerance + 1, { valid: false, reason: "not_yet_valid" }],
  ])("%s (T6)", async (_case, ahead, verdict) => {
    const token = await anAccessToken(key);
    const claims = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
    const header = { alg: key.alg, typ: "at+jwt", kid: key.kid };
    const later = signJws(header, { ...claims, nbf: NOW + ahead }, accessSigner(key));
    expect(await at(0)(later)).toMatchObject(verdict);
  });

  it.each([
    [900, { valid: true }],
    [901, { valid: false, reason: "lives_too_long" }],
  ])("a lifetime of %i s gets its verdict (T2)", async (lifeSeconds, verdict) => {
    expect(await at(0)(await anAccessToken(key, { lifeSeconds }))).toMatchObject(verdict);
  });
});

describe("the look-up of the key", () => {
  const key = anAccessKey("ES256");
  const never = async (): Promise<never> => {
    throw new Error("looked for a key");
  };

  it("is not made for a token with invalid claims, so that expired tokens cost no read (K4)", async () => {
    const late = addSeconds(NOW, 86_400);
    const verdict = await verifyAccessToken(await anAccessToken(key), never, verifierSettings, late);
    expect(verdict).toEqual({ valid: false, reason: "expired" });
  });

  it("is not made for a kid that no key of the service can have (T4, K4)", async () => {
    const claims = (await anAccessToken(key)).split(".")[1] ?? "";
    for (const kid of ["k".repeat(65), "../key", "", "a b"]) {
      const header = { alg: key.alg, typ: "at+jwt", kid };
      const token = signJws(header, Buffer.from(claims, "base64url"), accessSigner(key));
      expect(await verifyAccessToken(token, never, verifierSettings, NOW)).toMatchObject({ valid: false });
    }
  });

  it("passes its own failure on, so that there is no verdict without a key (A6)", async () => {
    const token = await anAccessToken(key);
    await expect(verifyAccessToken(token, never, verifierSettings, NOW)).rejects.toThrow("looked for a key");
  });
});

describe("issuer and audience", () => {
  const key = anAccessKey("ES256");

  it("are accepted with any of the expected audiences (T2)", async () => {
    const verify = createVerifier(key, { audiences: ["billing", "latchkey"] });
    expect(await verify(await anAccessToken(key))).toMatchObject({ valid: true });
  });

  it("are never accepted if no audience is expected (T2)", async () => {
    const verify = createVerifier(key, { audiences: [] });
    expect(await verify(await anAccessToken(key))).toEqual({ valid: false, reason: "wrong_audience" });
  });
});
