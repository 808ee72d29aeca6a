import type { RevokedReason } from "../audit/audit.ts";
import type { SessionId, TokenId, UserId } from "../ids.ts";
import { addSeconds, type EpochSeconds, earliest } from "../time.ts";
import type { RefreshTokenClaims } from "../tokens/refresh-token.ts";

/** How a client sends the tokens of a session: in JSON and `Authorization`, or in HttpOnly cookies. Fixed at login. */
export type Transport = "bearer" | "cookie";

/** What the list of devices shows the user about the device on which a session was opened. */
export type Device = { readonly name?: string | undefined; readonly userAgent: string; readonly ip: string };

/**
 * One login on one device, and all rotations of its refresh token. The row of a session is the only authority on whether the
 * session's tokens are accepted.
 */
export type Session = {
  readonly userId: UserId;
  readonly sessionId: SessionId;
  readonly transport: Transport;
  readonly device: Device;
  readonly createdAt: EpochSeconds;
  /** When the user last proved the password: `auth_time` of the access tokens. */
  readonly authenticatedAt: EpochSeconds;
  /** The user's `credentialVersion` at login, or after the last password change that this session made. */
  readonly credentialVersion: number;
  /** The number of rotations. */
  readonly generation: number;
  /** `jti` of the current refresh token: the only token that may be rotated. */
  readonly refreshJti: TokenId;
  /** `kid` of the key that signed the current refresh token. With it the token can be signed again byte for byte. */
  readonly refreshKid: string;
  /**
   * When the current refresh token was issued: at login, or at the last rotation. This is also the time when the session was
   * last used, and the start of the replay window.
   */
  readonly refreshIssuedAt: EpochSeconds;
  /** `jti` of the parent: the token that the last rotation replaced. The parent may replay. */
  readonly previousJti?: TokenId | undefined;
  /** Hash of the `Idempotency-Key` with which the parent was rotated. */
  readonly idempotencyKeyHash?: string | undefined;
  /**
   * True after a password change: the parent replays only with its `Idempotency-Key`, because the parent may have been stolen
   * before the change.
   */
  readonly replayRequiresIdempotencyKey?: boolean | undefined;
  /**
   * `jti` of the refresh token whose caller was told to retry, because a call of this service failed. If that token is the
   * parent, its retry is no theft, however late (S3). A rotation does not change the value, because a rotation that takes effect
   * late must not remove it. A value that names any other token has no effect.
   */
  readonly retryRequestedJti?: TokenId | undefined;
  /**
   * `jti`s of refresh tokens that a password change has overtaken and that an honest client may still present: the client was
   * told to retry, or its retry was explained before the change. Their use is no theft, whatever happened since. At most three
   * for each password change.
   */
  readonly overtakenJtis?: readonly TokenId[] | undefined;
  readonly idleExpiresAt: EpochSeconds;
  readonly absoluteExpiresAt: EpochSeconds;
  readonly revokedAt?: EpochSeconds | undefined;
  readonly revokedReason?: RevokedReason | undefined;
};

/** Names one session: the key of its row. */
export type SessionRef = Pick<Session, "userId" | "sessionId">;

/** The lifetimes of sessions and tokens, in seconds. */
export type SessionSettings = {
  /** How long a bearer session lives without a refresh. */
  readonly refreshTokenSeconds: number;
  /** How long a cookie session lives without any request. The service sees a use of the session only at a refresh. */
  readonly cookieIdleSeconds: number;
  /** How long an access token lives. A client that uses its access token does not refresh before that token expires. */
  readonly accessTokenSeconds: number;
  /** How long any session lives, however often it is refreshed. */
  readonly absoluteSessionSeconds: number;
  /** How long the parent of the current token replays without its `Idempotency-Key`. */
  readonly replayWindowSeconds: number;
};

/**
 * Returns how many seconds a session of this transport lives without a refresh. A cookie session may be in use until its access
 * token expires, and the service does not see that use. So the idle time of a cookie session starts when its access token
 * expires: the session expires after at least `cookieIdleSeconds` without a request, and at most `accessTokenSeconds` later.
 */
export const idleSeconds = (transport: Transport, settings: SessionSettings): number =>
  transport === "cookie" ? settings.cookieIdleSeconds + settings.accessTokenSeconds : settings.refreshTokenSeconds;

/** Returns a new session at generation 0. Writes nothing. */
export const openSession = (
  opening: Pick<
    Session,
    "userId" | "sessionId" | "transport" | "device" | "credentialVersion" | "refreshJti" | "refreshKid"
  >,
  now: EpochSeconds,
  settings: SessionSettings,
): Session => ({
  ...opening,
  createdAt: now,
  authenticatedAt: now,
  generation: 0,
  refreshIssuedAt: now,
  idleExpiresAt: addSeconds(now, idleSeconds(opening.transport, settings)),
  absoluteExpiresAt: addSeconds(now, settings.absoluteSessionSeconds),
});

/** When the session expires if it is not refreshed again. */
export const sessionExpiresAt = (session: Session): EpochSeconds =>
  earliest(session.idleExpiresAt, session.absoluteExpiresAt);

/**
 * Whether the session is neither revoked nor expired at `now`. DynamoDB's TTL deletes rows days late, so this function and every
 * write condition (`IS_ALIVE`) compare the time (S2).
 */
export const isAlive = (session: Session, now: EpochSeconds): boolean =>
  session.revokedAt === undefined && now < sessionExpiresAt(session);

/** The claims of the session's current refresh token. All come from the row, so they are the same at each call. */
export const currentRefreshClaims = (session: Session): RefreshTokenClaims => ({
  sub: session.userId,
  sid: session.sessionId,
  jti: session.refreshJti,
  gen: session.generation,
  iat: session.refreshIssuedAt,
  exp: sessionExpiresAt(session),
});

/**
 * Whether the session was opened, or renewed by a password change, under the user's present credentials. A password change raises
 * the user's `credentialVersion`. That one write makes every earlier session outdated, except the session that made the change
 * (`keptSessionId`). The session's version is higher than the user's if the user was read before a change and the session after it:
 * then the session made that change.
 */
export const isCredentialCurrent = (
  session: Session,
  user: { readonly credentialVersion: number; readonly keptSessionId?: SessionId | undefined },
): boolean => session.credentialVersion >= user.credentialVersion || session.sessionId === user.keptSessionId;
