import type { SessionId, TokenId, UserId } from "../ids.ts";
import type { EpochSeconds } from "../time.ts";

/** RFC 9068 2.1 */
export const ACCESS_TOKEN_TYPE = "at+jwt";

/** What an access token may live at the most (T2). */
export const MAX_ACCESS_TOKEN_SECONDS = 900;

/**
 * The longest access token that is issued, in characters. A browser keeps 4 096 bytes of a cookie's name and value together
 * (RFC 6265bis 5.6), of which `ACCESS_COOKIE` takes 22. The bearer's limit is the same, below the 8 192 that a verifier reads.
 */
export const MAX_ACCESS_TOKEN_LENGTH = 4074;

export type AccessTokenSettings = {
  /** `iss`, compared byte for byte. */
  readonly issuer: string;
  /** `aud` of the tokens issued; a verifier asks for one of them. */
  readonly audiences: readonly string[];
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly accessTokenSeconds: number;
};

/** What the service says about the caller when it issues an access token. */
export type AccessTokenSubject = {
  readonly userId: UserId;
  readonly sessionId: SessionId;
  readonly roles: readonly string[];
  /** When the user last proved the password: `auth_time` (OpenID Connect Core 2, RFC 9068 2.2.1). */
  readonly authenticatedAt: EpochSeconds;
  /** The session's `credentialVersion`. A password change raises the version and so rejects all access tokens from before. */
  readonly credentialVersion: number;
  /** `hashCsrfToken` of the session's CSRF token. Makes it the token of a cookie session, good in a cookie and nowhere else. */
  readonly csrfHash?: string | undefined;
};

/** The claims of a verified access token (RFC 9068 2.2). */
export type AccessTokenClaims = {
  readonly iss: string;
  readonly aud: string | readonly string[];
  readonly sub: UserId;
  readonly sid: SessionId;
  readonly jti: TokenId;
  readonly iat: EpochSeconds;
  readonly exp: EpochSeconds;
  readonly client_id: string;
  readonly scope: string;
  readonly roles: readonly string[];
  readonly auth_time: EpochSeconds;
  /** The session's `credentialVersion` when the token was issued. A count, because times in whole seconds are not exact. */
  readonly cv: number;
  /** In the tokens of cookie sessions only: `hashCsrfToken` of the session's CSRF token. */
  readonly csrf?: string | undefined;
};
