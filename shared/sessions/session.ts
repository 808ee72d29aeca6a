import type { RevokedReason } from "../audit/audit.ts";
import type { SessionId, TokenId, UserId } from "../ids.ts";
import { addSeconds, type EpochSeconds, earliest } from "../time.ts";
import type { RefreshTokenClaims } from "../tokens/refresh-token.ts";

/** How a session's tokens travel: in JSON and `Authorization`, or in HttpOnly cookies. Fixed at login. */
export type Transport = "bearer" | "cookie";

/** What the user sees of the machine a session was opened from. */
export type Device = { readonly name?: string | undefined; readonly userAgent: string; readonly ip: string };

/** One login on one device and all that was rotated from it: the only authority on whether its tokens are good. */
export type Session = {
  readonly userId: UserId;
  readonly sessionId: SessionId;
  readonly transport: Transport;
  readonly device: Device;
  readonly createdAt: EpochSeconds;
  /** When the password was last proved: `auth_time` of its access tokens. */
  readonly authenticatedAt: EpochSeconds;
  /** The user's `credentialVersion` at login. */
  readonly credentialVersion: number;
  /** Rotations so far. */
  readonly generation: number;
  /** `jti` of the one refresh token that may be rotated. */
  readonly refreshJti: TokenId;
  /** `kid` of the key that signed it, so that it can be signed again byte for byte. */
  readonly refreshKid: string;
  /** When it was issued: at login, else at the last rotation. Doubles as "last seen" and as the start of the replay window. */
  readonly refreshIssuedAt: EpochSeconds;
  /** `jti` of its parent, which replays. */
  readonly previousJti?: TokenId | undefined;
  /** Hash of the `Idempotency-Key` that the parent was rotated with. */
  readonly idempotencyKeyHash?: string | undefined;
  /** After a password change: its parent may be in the hands of whoever the change was to shut out, and only the key vouches. */
  readonly replayRequiresIdempotencyKey?: boolean | undefined;
  /**
   * `jti` of the refresh token whose caller was told to retry, because a call of ours failed. If that token is the parent, its
   * retry is no theft, however late (S3). Rotations leave the value alone: a rotation that takes effect late must not remove
   * it. A value that names any other token says nothing.
   */
  readonly retryRequestedJti?: TokenId | undefined;
  /**
   * `jti`s of refresh tokens that a password change has overtaken, and that an honest client may still present: the client was
   * told to retry, or its retry was explained before the change. They are no theft, whatever has happened since. At most three
   * for each password change.
   */
  readonly overtakenJtis?: readonly TokenId[] | undefined;
  readonly idleExpiresAt: EpochSeconds;
  readonly absoluteExpiresAt: EpochSeconds;
  readonly revokedAt?: EpochSeconds | undefined;
  readonly revokedReason?: RevokedReason | undefined;
};

export type SessionSettings = {
  /** How long a bearer session lives without a refresh. */
  readonly refreshTokenSeconds: number;
  /** How long a cookie session lives without any request. A session is only seen to be used when it is refreshed. */
  readonly cookieIdleSeconds: number;
  /** How long an access token lives. A client that uses its access token does not refresh before then. */
  readonly accessTokenSeconds: number;
  /** How long any session lives, however often it is refreshed. */
  readonly absoluteSessionSeconds: number;
  /** How long a rotated-away token replays without its `Idempotency-Key`. */
  readonly replayWindowSeconds: number;
};

/**
 * How many seconds a session of this transport lives without a refresh. A cookie session may be in use until its access token
 * expires, and no refresh tells. So the silence counts from then: the session ends after `cookieIdleSeconds` of silence at
 * the earliest, and at most `accessTokenSeconds` later.
 */
export const idleSeconds = (transport: Transport, settings: SessionSettings): number =>
  transport === "cookie" ? settings.cookieIdleSeconds + settings.accessTokenSeconds : settings.refreshTokenSeconds;

/** A new session at generation 0. */
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

/** When the session ends if nobody refreshes it again. */
export const sessionExpiresAt = (session: Session): EpochSeconds =>
  earliest(session.idleExpiresAt, session.absoluteExpiresAt);

/** Whether its tokens are good at `now`. TTL is days late, so this and every write condition compare the time (S2). */
export const isAlive = (session: Session, now: EpochSeconds): boolean =>
  session.revokedAt === undefined && now < sessionExpiresAt(session);

/** The claims of the session's current refresh token: all from the row, so they come out the same each time. */
export const currentRefreshClaims = (session: Session): RefreshTokenClaims => ({
  sub: session.userId,
  sid: session.sessionId,
  jti: session.refreshJti,
  gen: session.generation,
  iat: session.refreshIssuedAt,
  exp: sessionExpiresAt(session),
});

/**
 * Whether the session still rests on the user's present credentials. A password change moves `credentialVersion` on, which
 * ends every session opened before it in that one write, but for the session that made the change. A session that is ahead of
 * the user was read after a change that the user was read before: it is that change's own.
 */
export const isCredentialCurrent = (
  session: Session,
  user: { readonly credentialVersion: number; readonly keptSessionId?: SessionId | undefined },
): boolean => session.credentialVersion >= user.credentialVersion || session.sessionId === user.keptSessionId;
