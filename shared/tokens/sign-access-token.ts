import { type CryptoKey, SignJWT } from "jose";
import type { SessionId, TokenId } from "../ids.ts";
import type { EpochSeconds } from "../time.ts";
import { ACCESS_TOKEN_TYPE, type AccessTokenSettings, type AccessTokenSubject } from "./access-token.ts";

export type SigningKey = { readonly kid: string; readonly alg: string; readonly key: CryptoKey };

type TokenTimes = { readonly jti: TokenId; readonly issuedAt: EpochSeconds; readonly expiresAt: EpochSeconds };

/** Signs an access token for `subject`, alive from `issuedAt` until `expiresAt` (RFC 9068 2). */
export const signAccessToken = (
  subject: AccessTokenSubject,
  token: TokenTimes,
  { kid, alg, key }: SigningKey,
  settings: AccessTokenSettings,
): Promise<string> =>
  new SignJWT(getClaims(subject, token, settings)).setProtectedHeader({ alg, typ: ACCESS_TOKEN_TYPE, kid }).sign(key);

const getClaims = (subject: AccessTokenSubject, token: TokenTimes, settings: AccessTokenSettings) => {
  const [audience, ...others] = settings.audiences;
  return {
    iss: settings.issuer,
    // One audience is a string: some verifiers of the wild read no array.
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

/** An id of 128 random bits, a SHA-256 hash and a time until the year 2286, as long as they are in every token. */
const ANY_ID = "x".repeat(22);
const ANY_HASH = "x".repeat(43);
const ANY_TIME = 9_999_999_999 as EpochSeconds;
/** More changes of a password than one account ever makes. */
const MAX_CREDENTIAL_VERSION = 999_999;

/** What decides the length of an access token: of a user and of the key that signs. */
export type MeasuredToken = {
  readonly subject: Pick<AccessTokenSubject, "userId" | "roles">;
  readonly signer: { readonly kid: string; readonly alg: string; readonly signatureBytes: number };
};

/**
 * The length in characters that an access token has before it is signed: that of a cookie session, whose tokens are the
 * longest. A bearer's token is 69 characters shorter.
 */
export const accessTokenLength = ({ subject, signer }: MeasuredToken, settings: AccessTokenSettings): number => {
  const { kid, alg, signatureBytes } = signer;
  const claims = getClaims(
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

/** Of base64url without padding (RFC 4648 5). */
const encodedLength = (bytes: number): number => Math.ceil((bytes * 4) / 3);
