import { createSecretKey, type KeyObject } from "node:crypto";
import { compactVerify, SignJWT } from "jose";
import * as z from "zod/mini";
import { type SessionId, sessionIdSchema, type TokenId, tokenIdSchema, type UserId, userIdSchema } from "../ids.ts";
import { findRefreshKey, type KeyRing, type RefreshKey } from "../keys/key-ring.ts";
import type { KeyRingReader } from "../keys/key-sources.ts";
import { type EpochSeconds, epochSecondsSchema } from "../time.ts";
import { parseCompactJws } from "./compact-jws.ts";

/** `typ` of a refresh token. Differs from the type of access tokens, so that neither can be used as the other (RFC 8725 3.11). */
export const REFRESH_TOKEN_TYPE = "rt+jwt";

/** The claims of a refresh token. The token names a generation of a session. The session's row decides what the token is worth. */
export type RefreshTokenClaims = {
  readonly sub: UserId;
  readonly sid: SessionId;
  readonly jti: TokenId;
  /** The number of rotations before this token: 0 for the token of the login. */
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
 * Signs a refresh token. The same claims and key give the same token byte for byte, because HS256 is deterministic and the order of
 * the claims is fixed. So the service can issue a successor again without storing the token. No I/O.
 *
 * @example await signRefreshToken(currentRefreshClaims(session), ring.refresh.current)
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
 * Reads the key ring and verifies a refresh token. If the ring does not contain the key that the token names, the ring is read
 * again (K4). For a token that names no key there is no second read.
 *
 * @throws what reading the key ring throws
 * @example const { ring, claims } = await recognizeRefreshToken(request.refreshToken, keyRing)
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
 * Verifies the signature and the form of a refresh token. An expired token is genuine too: whether the token is expired, current or
 * revoked is decided with the session's row. No I/O, so a forged token costs no read. Never throws.
 *
 * @returns the claims, or undefined if the token is not genuine
 * @example const claims = await verifyRefreshToken(token, ring)
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
