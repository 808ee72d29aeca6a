import { createPublicKey } from "node:crypto";
import { JwtVerifier } from "aws-jwt-verify";
import { SimpleJwksCache } from "aws-jwt-verify/jwk";
import { createRemoteJWKSet, jwtVerify } from "jose";
import * as oauth from "oauth4webapi";
import { describe, expect } from "vitest";
import * as z from "zod/mini";
import { it } from "../support/it.ts";
import type { Service } from "../support/service-process.ts";
import type { Tokens } from "../support/session-api.ts";
import { SECURITY_HEADERS } from "./support/expectations.ts";

const audience = "latchkey";

let service: Service;
let tokens: Tokens;

it.beforeAll(async ({ service: started }) => {
  service = started;
  tokens = await service.signIn(await service.newAccount());
});

/** Fetches keys over HTTP, because the library accepts HTTPS only. The requests and the verification are the library's own. */
const overHttp = (asked: string[]) =>
  new SimpleJwksCache({
    fetcher: {
      fetch: async (uri) => {
        asked.push(uri);
        return (await fetch(uri)).arrayBuffer();
      },
    },
  });

const requestWith = (token: string) =>
  new Request("https://api.example.com/things", { headers: { Authorization: `Bearer ${token}` } });

/** Reads the metadata of the issuer, like a resource server that knows only the URL. */
const discover = async (): Promise<oauth.AuthorizationServer> => {
  const issuer = new URL(service.url);
  const response = await oauth.discoveryRequest(issuer, { [oauth.allowInsecureRequests]: true });
  return oauth.processDiscoveryResponse(issuer, response);
};

describe("a verifier that knows only the URL", () => {
  it("accepts the access tokens: aws-jwt-verify (K5)", async () => {
    const asked: string[] = [];
    const verifier = JwtVerifier.create(
      { issuer: service.url, audience, scope: "account" },
      { jwksCache: overHttp(asked) },
    );
    expect(await verifier.verify(tokens.access_token)).toMatchObject({
      iss: service.url,
      sub: tokens.user.id,
      sid: tokens.session_id,
    });
    expect(asked).toEqual([`${service.url}/.well-known/jwks.json`]);
  });

  it("accepts the access tokens: oauth4webapi, by discovery and RFC 9068 (K5, T1, T2)", async () => {
    const claims = await oauth.validateJwtAccessToken(await discover(), requestWith(tokens.access_token), audience, {
      [oauth.allowInsecureRequests]: true,
    });
    expect(claims).toMatchObject({ iss: service.url, sub: tokens.user.id, client_id: "latchkey", scope: "account" });
  });

  it("accepts the access tokens: jose (K5)", async () => {
    const { jwks_uri = "" } = await discover();
    const { payload } = await jwtVerify(tokens.access_token, createRemoteJWKSet(new URL(jwks_uri)), {
      issuer: service.url,
      audience,
      typ: "at+jwt",
    });
    expect(payload.sub).toBe(tokens.user.id);
  });

  it("rejects the refresh tokens (T8)", async () => {
    const verifier = JwtVerifier.create({ issuer: service.url, audience }, { jwksCache: overHttp([]) });
    await expect(verifier.verify(tokens.refresh_token)).rejects.toThrow();
    await expect(
      oauth.validateJwtAccessToken(await discover(), requestWith(tokens.refresh_token), audience, {
        [oauth.allowInsecureRequests]: true,
      }),
    ).rejects.toThrow();
  });
});

const Jwks = z.strictObject({
  keys: z.array(
    // Only these members: no private part of a key.
    z.strictObject({
      kty: z.literal("RSA"),
      kid: z.string().check(z.regex(/^[A-Za-z0-9_-]{1,64}$/)),
      use: z.literal("sig"),
      alg: z.literal("RS256"),
      n: z.string(),
      e: z.string(),
    }),
  ),
});

describe("the published keys", () => {
  it("are public, unique and have at least 2048 bits (K1)", async () => {
    const { keys } = Jwks.parse((await service.call("GET", "/.well-known/jwks.json")).body);
    // The current key and the next key, so that verifiers know the next key in time.
    expect(keys.length).toBeGreaterThanOrEqual(2);
    expect(new Set(keys.map(({ kid }) => kid)).size).toBe(keys.length);
    for (const key of keys) {
      const { asymmetricKeyDetails } = createPublicKey({ key, format: "jwk" });
      expect(asymmetricKeyDetails?.modulusLength).toBeGreaterThanOrEqual(2048);
    }
  });

  it("are found through the metadata, whose issuer is exactly the issuer of the tokens (K5)", async () => {
    const { body } = await service.call("GET", "/.well-known/openid-configuration");
    expect(body).toMatchObject({ issuer: service.url, jwks_uri: `${service.url}/.well-known/jwks.json` });
  });

  it.each(["/.well-known/jwks.json", "/.well-known/openid-configuration"])(
    "can be cached, but not longer than a verifier may keep them: %s (K2, H2)",
    async (path) => {
      const { status, headers } = await service.call("GET", path);
      expect(status).toBe(200);
      const [, seconds] = /^public, max-age=(\d+)$/.exec(headers.get("cache-control") ?? "") ?? [];
      expect(Number(seconds)).toBeLessThanOrEqual(7200);
      const { "cache-control": _, ...others } = SECURITY_HEADERS;
      expect(Object.fromEntries(headers)).toMatchObject(others);
    },
  );
});

describe("the claims of an access token", () => {
  it("are the claims of RFC 9068 and of this service, without personal data (T2, T8)", async () => {
    const [head = "", body = ""] = tokens.access_token.split(".");
    const decode = (part: string): unknown => JSON.parse(Buffer.from(part, "base64url").toString());
    expect(decode(head)).toEqual({ alg: "RS256", typ: "at+jwt", kid: expect.any(String) });
    expect(decode(body)).toEqual({
      iss: service.url,
      aud: audience,
      sub: tokens.user.id,
      sid: tokens.session_id,
      jti: expect.any(String),
      iat: expect.any(Number),
      exp: expect.any(Number),
      auth_time: expect.any(Number),
      cv: expect.any(Number),
      client_id: "latchkey",
      scope: "account",
      roles: [],
    });
  });
});
