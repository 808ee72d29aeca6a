import { describe, expect, it } from "vitest";
import type { KeyId, TokenId } from "../../../shared/ids.ts";
import type { KeyRing, RefreshKey } from "../../../shared/keys/key-ring.ts";
import { signRefreshToken, verifyRefreshToken } from "../../../shared/tokens/refresh-token.ts";
import { hmacSigner, type JsonPart, refreshSigner, signJws } from "../../support/jws.ts";
import { aKeyRing, anAccessKey, aRefreshKey } from "../../support/keys.ts";
import { mutatedTokens } from "../../support/mutated-tokens.ts";
import { NOW } from "../../support/time.ts";
import { anAccessToken, refreshClaims } from "../../support/tokens.ts";

const accessKey = anAccessKey("ES256");
const refreshKey = aRefreshKey();
const ring = aKeyRing({ access: accessKey, refresh: refreshKey });
const claims = refreshClaims();
const header = { alg: "HS256", typ: "rt+jwt", kid: refreshKey.kid };

const signed = (
  changes: { readonly header?: JsonPart; readonly claims?: JsonPart },
  signer = refreshSigner(refreshKey),
) => signJws(changes.header ?? header, changes.claims ?? claims, signer);

const FIXED_TOKEN =
  "eyJhbGciOiJIUzI1NiIsInR5cCI6InJ0K2p3dCIsImtpZCI6ImsxIn0.eyJzdWIiOiJkWE5sY2kwd01EQXdNREF3TURBd01EQSIsInNpZCI6ImMyVnpjMmx2" +
  "Ymkwd01EQXdNREF3TURBIiwianRpIjoianRpLTEiLCJnZW4iOjMsImlhdCI6MTgwMDAwMDAwMCwiZXhwIjoxODAwNjA0ODAwfQ.VexVTNDvLCQdz-OIjtGxwlwOPgaE9FDD38e0fpo-ipw";

describe("a refresh token", () => {
  it("has its claims and nothing else (T8)", async () => {
    const token = await signRefreshToken(claims, refreshKey);
    expect(await verifyRefreshToken(token, ring)).toEqual(claims);
    expect(JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString())).toEqual(claims);
  });

  it("is the same byte for byte, whatever the order of the input (R5)", async () => {
    const { sub, sid, jti, gen, iat, exp } = claims;
    const first = await signRefreshToken(claims, refreshKey);
    const again = await signRefreshToken({ exp, iat, gen, jti, sid, sub }, structuredClone(refreshKey));
    expect(again).toBe(first);
    expect(first).toBe(signed({}));
  });

  it("is the same in each release, so that a retry works after a deployment (R5, R9)", async () => {
    // This token was made once with Python's hmac, base64 and json.
    const key: RefreshKey = {
      kid: "k1" as KeyId,
      createdAt: NOW,
      alg: "HS256",
      secret: Buffer.alloc(32, 7).toString("base64url"),
    };
    const token = await signRefreshToken(refreshClaims({ jti: "jti-1" as TokenId, gen: 3 }), key);
    expect(token).toBe(FIXED_TOKEN);
  });

  it.each(["sub", "sid", "jti", "gen", "iat", "exp"] as const)("differs if %s differs (R5)", async (name) => {
    const value = typeof claims[name] === "number" ? Number(claims[name]) + 1 : "another";
    const other = await signRefreshToken({ ...claims, [name]: value }, refreshKey);
    expect(other).not.toBe(await signRefreshToken(claims, refreshKey));
  });

  it("is genuine after its expiry, because the session's row decides (O1)", async () => {
    const old = refreshClaims({ iat: claims.iat, exp: 1 as typeof claims.exp });
    expect(await verifyRefreshToken(await signRefreshToken(old, refreshKey), ring)).toEqual(old);
  });

  it("is genuine with a key that is retired or next (K2)", async () => {
    const [old, coming] = [aRefreshKey("old"), aRefreshKey("coming")];
    const rotated: KeyRing = {
      ...ring,
      refresh: { current: refreshKey, next: [coming], previous: [{ ...old, retiredAt: NOW }] },
    };
    for (const key of [old, refreshKey, coming]) {
      expect(await verifyRefreshToken(await signRefreshToken(claims, key), rotated)).toEqual(claims);
    }
  });

  it("is rejected after its key was withdrawn (K4)", async () => {
    const token = await signRefreshToken(claims, refreshKey);
    expect(
      await verifyRefreshToken(token, aKeyRing({ access: accessKey, refresh: aRefreshKey("another") })),
    ).toBeUndefined();
  });
});

describe("a value that is no refresh token", async () => {
  const refreshToken = await signRefreshToken(claims, refreshKey);
  const accessToken = await anAccessToken(accessKey);

  it("is rejected: an access token, in all its mutations (T8)", async () => {
    const mutants = mutatedTokens({ accessToken, accessKey, refreshToken, refreshKey });
    const tokens = [accessToken, ...mutants.map(({ token }) => token)].filter((token) => token !== refreshToken);
    for (const token of tokens) expect(await verifyRefreshToken(token, ring), token.slice(0, 200)).toBeUndefined();
  });

  it.each([undefined, null, 7, {}, [], { refresh_token: "x" }, "", "..", "x", "a.b.c"])(
    "is rejected: %j (L4)",
    async (value) => {
      expect(await verifyRefreshToken(value, ring)).toBeUndefined();
    },
  );

  it.each([
    ["typ at+jwt", { header: { ...header, typ: "at+jwt" } }],
    ["typ JWT", { header: { ...header, typ: "JWT" } }],
    ["no typ", { header: { alg: "HS256", kid: refreshKey.kid } }],
    ["no kid", { header: { alg: "HS256", typ: "rt+jwt" } }],
    ["an unknown kid", { header: { ...header, kid: "unknown" } }],
    ["the kid of the access key", { header: { ...header, kid: accessKey.kid } }],
    ["a critical extension", { header: { ...header, crit: ["exp"] } }],
    ["a key in the header", { header: { ...header, jwk: { kty: "oct", k: "AAAA" } } }],
    ["sub missing", { claims: { ...claims, sub: undefined } }],
    ["sub an object", { claims: { ...claims, sub: {} } }],
    ["sub empty", { claims: { ...claims, sub: "" } }],
    ["sid missing", { claims: { ...claims, sid: undefined } }],
    ["sid an array", { claims: { ...claims, sid: [claims.sid] } }],
    ["jti a number", { claims: { ...claims, jti: 7 } }],
    ["gen missing", { claims: { ...claims, gen: undefined } }],
    ["gen a string", { claims: { ...claims, gen: "0" } }],
    ["gen a fraction", { claims: { ...claims, gen: 0.5 } }],
    ["exp missing", { claims: { ...claims, exp: undefined } }],
    ["exp a string", { claims: { ...claims, exp: String(claims.exp) } }],
    ["exp infinite", { claims: JSON.stringify(claims).replace(String(claims.exp), "1e999") }],
    ["a name twice", { claims: JSON.stringify(claims).replace('"sub"', '"sub":"other","sub"') }],
  ])("is rejected with a valid signature: %s (T5, T6, T7)", async (_case, changes) => {
    expect(await verifyRefreshToken(signed(changes), ring)).toBeUndefined();
  });

  it.each(["none", "None", "HS384", "HS512", "RS256", "ES256", "hs256"])("is rejected: alg %s (T3)", async (alg) => {
    const secret = Buffer.from(refreshKey.secret, "base64url");
    const asNamed = hmacSigner(alg === "HS384" || alg === "HS512" ? alg : "HS256", secret);
    expect(await verifyRefreshToken(signed({ header: { ...header, alg } }, asNamed), ring)).toBeUndefined();
    expect(
      await verifyRefreshToken(
        signed({ header: { ...header, alg } }, () => Buffer.alloc(0)),
        ring,
      ),
    ).toBeUndefined();
  });

  it.each([
    ["an empty secret", hmacSigner("HS256", "")],
    ["the text of the secret", hmacSigner("HS256", refreshKey.secret)],
    ["the pepper", hmacSigner("HS256", ring.rootSecret)],
    ["another key", refreshSigner(aRefreshKey())],
    ["zeros", () => Buffer.alloc(32)],
    ["half a signature", (input: string) => refreshSigner(refreshKey)(input).subarray(0, 16)],
    ["nothing", () => Buffer.alloc(0)],
  ])("is rejected: signed with %s (T3)", async (_case, signer) => {
    expect(await verifyRefreshToken(signed({}, signer), ring)).toBeUndefined();
  });
});
