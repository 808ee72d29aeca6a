import { type CryptoKey, SignJWT } from "jose";
import type { SessionId, TokenId } from "../ids.ts";
import type { EpochSeconds } from "../time.ts";
import { ACCESS_TOKEN_TYPE, type AccessTokenSettings, type AccessTokenSubject } from "./access-token.ts";

/** The private key that signs access tokens, with its id and algorithm. */
export type SigningKey = { readonly kid: string; readonly alg: string; readonly key: CryptoKey };

type TokenTimes = { readonly jti: TokenId; readonly issuedAt: EpochSeconds; readonly expiresAt: EpochSeconds };

/**
 * Signs an access token for `subject` that is valid from `issuedAt` until `expiresAt` (RFC 9068 2). No I/O.
 *
 * @example await signAccessToken(subject, { jti, issuedAt: now, expiresAt }, await signingKey(ring), settings)
 */
export const signAccessToken = (
  subject: AccessTokenSubject,
  token: TokenTimes,
  { kid, alg, key }: SigningKey,
  settings: AccessTokenSettings,
): Promise<string> =>
  new SignJWT(toClaims(subject, token, settings)).setProtectedHeader({ alg, typ: ACCESS_TOKEN_TYPE, kid }).sign(key);

const toClaims = (subject: AccessTokenSubject, token: TokenTimes, settings: AccessTokenSettings) => {
  const [audience, ...others] = settings.audiences;
  return {
    iss: settings.issuer,
    // A single audience is a string, because some verifiers do not accept an array.
    aud: others.length === 0 && audience !== undefined ? audience : [...settings.audiences],
    sub: subject.userId,
    sid: subject.sessionId,
    jti: token.jti,
    iat: token.issuedAt,
    exp: token.expiresAt,
    client_id: settings.clientId,
    scope: settings.scopes.join(" "),
    roles: [...subject.roles],
    auth_time: subject.authenticatedAt,
    cv: subject.credentialVersion,
    ...(subject.csrfHash === undefined ? {} : { csrf: subject.csrfHash }),
  };
};

/** Values of the length that ids (128 random bits), SHA-256 hashes and times (until the year 2286) have in every token. */
const ANY_ID = "x".repeat(22);
const ANY_HASH = "x".repeat(43);
const ANY_TIME = 9_999_999_999 as EpochSeconds;
/** Higher than the number of password changes that an account ever makes. */
const MAX_CREDENTIAL_VERSION = 999_999;

/** The properties of a user and of a signing key that decide the length of an access token. */
export type MeasuredToken = {
  readonly subject: Pick<AccessTokenSubject, "userId" | "roles">;
  readonly signer: { readonly kid: string; readonly alg: string; readonly signatureBytes: number };
};

/**
 * Returns the length in characters that an access token will have. The length is that of the token of a cookie session, which is
 * the longest: the token of a bearer session has 69 characters less. Computes no signature.
 */
export const accessTokenLength = ({ subject, signer }: MeasuredToken, settings: AccessTokenSettings): number => {
  const { kid, alg, signatureBytes } = signer;
  const claims = toClaims(
    {
      ...subject,
      sessionId: ANY_ID as SessionId,
      authenticatedAt: ANY_TIME,
      credentialVersion: MAX_CREDENTIAL_VERSION,
      csrfHash: ANY_HASH,
    },
    { jti: ANY_ID as TokenId, issuedAt: ANY_TIME, expiresAt: ANY_TIME },
    settings,
  );
  const [header, payload] = [{ alg, typ: ACCESS_TOKEN_TYPE, kid }, claims].map((part) =>
    encodedLength(Buffer.byteLength(JSON.stringify(part))),
  );
  return (header ?? 0) + 1 + (payload ?? 0) + 1 + encodedLength(signatureBytes);
};

/** The length in characters of base64url without padding (RFC 4648 5). */
const encodedLength = (bytes: number): number => Math.ceil((bytes * 4) / 3);
