import { createPublicKey, verify as verifySignature } from "node:crypto";
import { JwtVerifier } from "aws-jwt-verify";
import { createLocalJWKSet, jwtVerify } from "jose";
import { createAuthorizer } from "../functions/authorizer/handler.ts";
import { systemMoment } from "../shared/age.ts";
import { randomIds } from "../shared/ids.ts";
import { cachedRead } from "../shared/keys/cached-read.ts";
import { keyGenerator } from "../shared/keys/generate-keys.ts";
import { toPublicJwk } from "../shared/keys/public-keys.ts";
import { signingKey } from "../shared/keys/signing-key.ts";
import { verificationKeys } from "../shared/keys/verification-keys.ts";
import { stateless } from "../shared/sessions/authorize.ts";
import { addSeconds, systemClock } from "../shared/time.ts";
import { cachedVerifier } from "../shared/tokens/cached-verifier.ts";
import { signAccessToken } from "../shared/tokens/sign-access-token.ts";
import { verifyAccessToken } from "../shared/tokens/verify-access-token.ts";
import type { Contender } from "./measure.ts";

const ISSUER = "https://auth.example.com/prod";
const AUDIENCE = "latchkey";

/** More tokens than the cache of an execution environment holds, so that no token is found in the cache. */
const TOKENS = 600;

/**
 * Ways to accept an access token, to compare their times: the signature alone, this repository, and two libraries. Generates a key and
 * signs 600 tokens.
 */
export const authorizerContenders = async (): Promise<readonly Contender[]> => {
  const now = systemClock();
  const accessKey = keyGenerator(randomIds).accessKey("RS256", now);
  const jwk = toPublicJwk(accessKey);
  const tokens = await signTokens(accessKey);

  const settings = { issuer: ISSUER, audiences: [AUDIENCE], clockToleranceSeconds: 5 };
  const keys = await verificationKeys([jwk]);
  const newAuthorizer = () =>
    createAuthorizer({
      verify: cachedVerifier(
        cachedRead(async () => keys, {
          moment: systemMoment,
          refreshAfterSeconds: 60,
          failAfterSeconds: 900,
          coolDownSeconds: 10,
        }),
        settings,
        systemClock,
      ),
      isRevoked: stateless,
      requiredScopes: ["account"],
      trustedOrigins: { issuer: ISSUER, allowedOrigins: [] },
    });
  const [forNew, forRepeated] = [newAuthorizer(), newAuthorizer()];

  const publicKey = createPublicKey({ key: { ...jwk }, format: "jwk" });
  const joseKeys = createLocalJWKSet({ keys: [jwk] });
  const aws = JwtVerifier.create({ issuer: ISSUER, audience: AUDIENCE, jwksUri: `${ISSUER}/.well-known/jwks.json` });
  aws.cacheJwks({ keys: [jwk] });

  const inTurn = (run: (token: string) => unknown) => {
    let next = 0;
    return async () => run(tokens[next++ % TOKENS] ?? "");
  };
  return [
    {
      name: "node:crypto, the RS256 signature alone",
      run: inTurn((token) => {
        const end = token.lastIndexOf(".");
        const signature = Buffer.from(token.slice(end + 1), "base64url");
        if (!verifySignature("sha256", Buffer.from(token.slice(0, end)), publicKey, signature)) throw new Error(token);
      }),
    },
    {
      name: "Latchkey, the token verified",
      run: inTurn(async (token) => {
        const verdict = await verifyAccessToken(token, async (kid) => keys.get(kid), settings, systemClock());
        if (!verdict.valid) throw new Error(verdict.reason);
      }),
    },
    { name: "Latchkey, event to policy, a new token each time", run: inTurn((token) => forNew(requestWith(token))) },
    {
      name: "Latchkey, event to policy, a token seen before",
      run: async () => forRepeated(requestWith(tokens[0] ?? "")),
    },
    {
      name: "jose jwtVerify",
      run: inTurn((token) => jwtVerify(token, joseKeys, { issuer: ISSUER, audience: AUDIENCE, typ: "at+jwt" })),
    },
    { name: "aws-jwt-verify", run: inTurn((token) => aws.verify(token)) },
  ];
};

const signTokens = async (accessKey: Parameters<typeof toPublicJwk>[0]): Promise<readonly string[]> => {
  const now = systemClock();
  const key = await signingKey({
    rootSecret: "",
    access: { current: accessKey, next: [], previous: [] },
    refresh: { current: keyGenerator(randomIds).refreshKey(now), next: [], previous: [] },
  });
  return Promise.all(
    Array.from({ length: TOKENS }, () =>
      signAccessToken(
        {
          userId: randomIds.userId(),
          sessionId: randomIds.sessionId(),
          roles: ["member"],
          authenticatedAt: now,
          credentialVersion: 1,
        },
        { jti: randomIds.tokenId(), issuedAt: now, expiresAt: addSeconds(now, 900) },
        key,
        { issuer: ISSUER, audiences: [AUDIENCE], clientId: "latchkey", scopes: ["account"], accessTokenSeconds: 900 },
      ),
    ),
  );
};

const requestWith = (token: string) => ({
  type: "REQUEST",
  methodArn: "arn:aws:execute-api:eu-central-1:123456789012:abcdef1234/prod/GET/things/1",
  headers: { Authorization: `Bearer ${token}`, Accept: "application/json" },
  multiValueHeaders: { Authorization: [`Bearer ${token}`], Accept: ["application/json"] },
});
