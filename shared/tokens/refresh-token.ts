import { createSecretKey, type KeyObject } from "node:crypto";
import { compactVerify, SignJWT } from "jose";
import * as z from "zod/mini";
import { type SessionId, sessionIdSchema, type TokenId, tokenIdSchema, type UserId, userIdSchema } from "../ids.ts";
import { findRefreshKey, type KeyRing, type RefreshKey } from "../keys/key-ring.ts";
import type { KeyRingReader } from "../keys/key-sources.ts";
import { type EpochSeconds, epochSecondsSchema } from "../time.ts";
import { parseCompactJws } from "./compact-jws.ts";

export const REFRESH_TOKEN_TYPE = "rt+jwt";

/** The claims of a refresh token. It names a generation of one session and grants nothing by itself. */
export type RefreshTokenClaims = {
  readonly sub: UserId;
  readonly sid: SessionId;
  readonly jti: TokenId;
  /** How many rotations lie before it: 0 is the login's. */
  readonly gen: number;
  readonly iat: EpochSeconds;
  readonly exp: EpochSeconds;
};

const claimsSchema = z.object({
  sub: userIdSchema,
  sid: sessionIdSchema,
  jti: tokenIdSchema,
  gen: z.int(),
  iat: epochSecondsSchema,
  exp: epochSecondsSchema,
});

const hmacKey = (key: RefreshKey): KeyObject => createSecretKey(key.secret, "base64url");

/**
 * Signs a refresh token. The same claims and key give the same token byte for byte (HS256 is deterministic and the order
 * of the claims is fixed), so a successor can be given out again without having been stored.
 */
export const signRefreshToken = (claims: RefreshTokenClaims, key: RefreshKey): Promise<string> => {
  const { sub, sid, jti, gen, iat, exp } = claims;
  return new SignJWT({ sub, sid, jti, gen, iat, exp })
    .setProtectedHeader({ alg: key.alg, typ: REFRESH_TOKEN_TYPE, kid: key.kid })
    .sign(hmacKey(key));
};

/** A presented refresh token after its verification, and the key ring that was read for it. */
export type RecognizedRefreshToken = {
  readonly ring: KeyRing;
  /** Undefined if the token is not genuine. */
  readonly claims: RefreshTokenClaims | undefined;
};

/**
 * Reads the key ring and verifies a refresh token. If the ring does not know the key that the token names, the ring is read
 * again (K4); a token that names no key costs no such read.
 *
 * @throws what reading the key ring throws
 */
export const recognizeRefreshToken = async (
  token: unknown,
  keyRing: KeyRingReader,
): Promise<RecognizedRefreshToken> => {
  const jws = parseRefreshToken(token);
  const ring = await keyRing((known) => jws === undefined || findRefreshKey(known, jws.header.kid) !== undefined);
  return { ring, claims: jws && (await verifyParsed(jws, ring)) };
};

/**
 * The claims of a genuine refresh token, expired or not, or undefined. No I/O: a forged token costs no read.
 * Whether it is expired, current or revoked is for the session's row to say.
 */
export const verifyRefreshToken = async (token: unknown, ring: KeyRing): Promise<RefreshTokenClaims | undefined> => {
  const jws = parseRefreshToken(token);
  return jws && verifyParsed(jws, ring);
};

const parseRefreshToken = (token: unknown) => {
  const jws = parseCompactJws(token);
  if (jws === undefined || typeof token !== "string" || jws.header.typ !== REFRESH_TOKEN_TYPE) return undefined;
  return { ...jws, token };
};

const verifyParsed = async (
  { token, header, claims: unverified }: NonNullable<ReturnType<typeof parseRefreshToken>>,
  ring: KeyRing,
): Promise<RefreshTokenClaims | undefined> => {
  const key = findRefreshKey(ring, header.kid);
  if (key === undefined) return undefined;
  const claims = claimsSchema.safeParse(unverified);
  if (!claims.success) return undefined;
  try {
    await compactVerify(token, hmacKey(key), { algorithms: [key.alg] });
  } catch {
    return undefined;
  }
  return claims.data;
};
