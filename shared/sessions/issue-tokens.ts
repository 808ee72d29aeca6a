import { LatchkeyError } from "../errors.ts";
import type { IdSource, UserId } from "../ids.ts";
import { findRefreshKey, type KeyRing } from "../keys/key-ring.ts";
import { signingKey } from "../keys/signing-key.ts";
import { addSeconds, type EpochSeconds, earliest } from "../time.ts";
import { type AccessTokenSettings, MAX_ACCESS_TOKEN_LENGTH } from "../tokens/access-token.ts";
import { deriveCsrfToken, hashCsrfToken } from "../tokens/csrf-token.ts";
import { signRefreshToken } from "../tokens/refresh-token.ts";
import { accessTokenLength, signAccessToken } from "../tokens/sign-access-token.ts";
import { areValidRoles } from "../users/roles.ts";
import type { User } from "../users/user.ts";
import { currentRefreshClaims, type Session, sessionExpiresAt } from "./session.ts";

/** The pair of tokens that a client gets. Times are seconds from now, as in RFC 6749 5.1. */
export type IssuedTokens = {
  readonly accessToken: string;
  readonly accessTokenSeconds: number;
  readonly refreshToken: string;
  readonly refreshTokenSeconds: number;
  /** Only for a cookie session: the client sends this token in `X-CSRF-Token` with every unsafe request. */
  readonly csrfToken?: string | undefined;
  readonly session: Session;
  readonly user: User;
};

/**
 * Checks that the access token of a user fits into a cookie and into every verifier. Call this function before a session is
 * written, rotated or changed. Otherwise a session could be stored for which no token can be issued (T9). Computes no signature.
 * No I/O.
 *
 * @throws LatchkeyError `internal_error` with the reason `access_token_too_large` or `roles_malformed` for the log
 * @example requireFittingToken(user, ring, { tokens: settings.tokens })
 */
export const requireFittingToken = (
  { userId, roles }: Pick<User, "userId" | "roles">,
  ring: KeyRing,
  { tokens }: { readonly tokens: AccessTokenSettings },
): void => {
  const { kid, alg, privateJwk } = ring.access.current;
  const signatureBytes = privateJwk.kty === "RSA" ? Buffer.byteLength(privateJwk.n, "base64url") : 64;
  const length = accessTokenLength({ subject: { userId, roles }, signer: { kid, alg, signatureBytes } }, tokens);
  if (length > MAX_ACCESS_TOKEN_LENGTH) throw cannotIssue("access_token_too_large", userId);
  if (!areValidRoles(roles)) throw cannotIssue("roles_malformed", userId);
};

const cannotIssue = (reason: string, userId: UserId): LatchkeyError =>
  new LatchkeyError("internal_error", { logged: { reason, userId } });

/**
 * Signs the session's current refresh token and a new access token. The refresh token is the same byte for byte at each call for
 * the same row. The access token expires with the session at the latest. No I/O.
 *
 * @returns undefined if the key of the refresh token has been withdrawn
 * @throws LatchkeyError as `requireFittingToken`
 * @example const tokens = await issueTokens({ session, user, ring, now: clock() }, { ids, tokens: settings.tokens })
 */
export const issueTokens = async (
  { session, user, ring, now }: { session: Session; user: User; ring: KeyRing; now: EpochSeconds },
  { ids, tokens }: { readonly ids: IdSource; readonly tokens: AccessTokenSettings },
): Promise<IssuedTokens | undefined> => {
  const refreshKey = findRefreshKey(ring, session.refreshKid);
  if (refreshKey === undefined) return undefined;
  requireFittingToken(user, ring, { tokens });
  const endsAt = sessionExpiresAt(session);
  const expiresAt = earliest(addSeconds(now, tokens.accessTokenSeconds), endsAt);
  const csrfToken = session.transport === "cookie" ? deriveCsrfToken(session.sessionId, ring) : undefined;
  const [accessToken, refreshToken] = await Promise.all([
    signAccessToken(
      {
        userId: user.userId,
        sessionId: session.sessionId,
        roles: user.roles,
        authenticatedAt: session.authenticatedAt,
        credentialVersion: session.credentialVersion,
        csrfHash: csrfToken === undefined ? undefined : hashCsrfToken(csrfToken),
      },
      { jti: ids.tokenId(), issuedAt: now, expiresAt },
      await signingKey(ring),
      tokens,
    ),
    signRefreshToken(currentRefreshClaims(session), refreshKey),
  ]);
  return {
    accessToken,
    accessTokenSeconds: expiresAt - now,
    refreshToken,
    refreshTokenSeconds: endsAt - now,
    csrfToken,
    session,
    user,
  };
};
