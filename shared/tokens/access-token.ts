import type { SessionId, TokenId, UserId } from "../ids.ts";
import type { EpochSeconds } from "../time.ts";

/** `typ` of an access token (RFC 9068 2.1). */
export const ACCESS_TOKEN_TYPE = "at+jwt";

/** The maximum lifetime of an access token (T2). */
export const MAX_ACCESS_TOKEN_SECONDS = 900;

/**
 * The maximum length of an access token that is issued, in characters. A browser stores at most 4 096 bytes of a cookie's name and
 * value together (RFC 6265bis 5.6), and the name `ACCESS_COOKIE` has 22 bytes. The limit is the same for bearer tokens. A verifier
 * reads at most 8 192 characters.
 */
export const MAX_ACCESS_TOKEN_LENGTH = 4074;

/** The claims that all access tokens of a deployment share, and their lifetime. */
export type AccessTokenSettings = {
  /** `iss`, compared byte for byte. */
  readonly issuer: string;
  /** `aud` of the tokens that are issued. A verifier requires one of these. */
  readonly audiences: readonly string[];
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly accessTokenSeconds: number;
};

/** The user and the session that an access token is issued for. */
export type AccessTokenSubject = {
  readonly userId: UserId;
  readonly sessionId: SessionId;
  readonly roles: readonly string[];
  /** When the user last proved the password: `auth_time` (OpenID Connect Core 2, RFC 9068 2.2.1). */
  readonly authenticatedAt: EpochSeconds;
  /** The session's `credentialVersion`. A password change raises the version, which rejects all earlier access tokens. */
  readonly credentialVersion: number;
  /** `hashCsrfToken` of the session's CSRF token. Only for a cookie session: the token is then accepted only in a cookie. */
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
  /** The session's `credentialVersion` when the token was issued. A count, because times are whole seconds and not exact. */
  readonly cv: number;
  /** In the tokens of cookie sessions only: `hashCsrfToken` of the session's CSRF token. */
  readonly csrf?: string | undefined;
};
