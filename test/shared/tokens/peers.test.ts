import { JwtVerifier } from "aws-jwt-verify";
import { createLocalJWKSet, jwtVerify } from "jose";
import * as oauth from "oauth4webapi";
import { describe, expect, it } from "vitest";
import { createMetadata } from "../../../functions/jwks/metadata.ts";
import { SIGNING_ALGORITHMS } from "../../../shared/contract/signing-algorithms.ts";
import { systemClock } from "../../../shared/time.ts";
import { anAccessKey, publicJwks } from "../../support/keys.ts";
import { anAccessToken, aSubject, tokenSettings } from "../../support/tokens.ts";

const { issuer } = tokenSettings;
const audience = "latchkey";

// The other libraries read the machine's clock, so the token is issued now.
describe.each(SIGNING_ALGORITHMS)("an access token signed with %s", async (alg) => {
  const key = anAccessKey(alg);
  const keys = publicJwks(key);
  const metadata = createMetadata(issuer, tokenSettings.scopes, keys);
  const token = await anAccessToken(key, { issuedAt: systemClock() });

  it("is accepted by aws-jwt-verify (K5)", async () => {
    const verifier = JwtVerifier.create({ issuer, audience, jwksUri: metadata.jwks_uri, scope: "account" });
    verifier.cacheJwks({ keys: keys.map((jwk) => ({ ...jwk })) });
    expect(await verifier.verify(token)).toMatchObject({ sub: aSubject().userId, sid: aSubject().sessionId });
  });

  it("is accepted by oauth4webapi as an access token of RFC 9068, with keys found by the metadata (T1, T2, K5)", async () => {
    const request = new Request("https://api.example.com/things", { headers: { Authorization: `Bearer ${token}` } });
    const fetched: string[] = [];
    const claims = await oauth.validateJwtAccessToken(metadata, request, audience, {
      [oauth.customFetch]: async (url) => {
        fetched.push(url);
        return Response.json({ keys });
      },
    });
    expect(claims).toMatchObject({ iss: issuer, client_id: "latchkey", scope: "account" });
    expect(fetched).toEqual([`${issuer}/.well-known/jwks.json`]);
  });

  it("is accepted by jose (K5)", async () => {
    const { payload } = await jwtVerify(token, createLocalJWKSet({ keys: [...keys] }), {
      issuer,
      audience,
      typ: "at+jwt",
    });
    expect(payload.sub).toBe(aSubject().userId);
  });

  it("is rejected by these libraries with another key, so they check the signature (K5)", async () => {
    const others = publicJwks(anAccessKey(alg, key.kid));
    await expect(jwtVerify(token, createLocalJWKSet({ keys: others }), { issuer, audience })).rejects.toThrow(
      "signature",
    );
    const verifier = JwtVerifier.create({ issuer, audience, jwksUri: metadata.jwks_uri });
    verifier.cacheJwks({ keys: others.map((jwk) => ({ ...jwk })) });
    await expect(verifier.verify(token)).rejects.toThrow("Invalid signature");
  });
});
