import { createHash } from "node:crypto";
import { isEqualInConstantTime } from "../crypto/constant-time.ts";
import type { TokenId } from "../ids.ts";
import type { EpochSeconds } from "../time.ts";
import type { RefreshTokenClaims } from "../tokens/refresh-token.ts";
import { isAlive, type Session, type Transport } from "./session.ts";

/** A genuine refresh token that a request presents, and what came with the token. */
export type PresentedRefresh = {
  readonly claims: RefreshTokenClaims;
  readonly transport: Transport;
  /** `hashIdempotencyKey` of the request's `Idempotency-Key`. */
  readonly idempotencyKeyHash?: string | undefined;
};

/**
 * What a presented refresh token is for its session (docs/security.md has the same as a table):
 *
 * - `current`: the token may be rotated. It is the session's current token, or it is newer than the row: then the table was
 *   restored to an earlier point in time.
 * - `replayed`: the token is the parent of the current token, and the retry is explained. The client gets the current token
 *   again.
 * - `overtaken`: a password change has just rotated the token away, and only the key would prove the retry. The client gets no
 *   token and is told to retry. The session stays open, because the request may come from the client that made the change.
 * - `superseded`: a password change has rotated the token away, and an honest client may still present the token, because the
 *   service told the client to retry. The client gets no token. The session stays open.
 * - `reused`: the token was rotated away and nothing explains its use. That is theft, and the session must be revoked (RFC 9700
 *   4.14.2).
 * - `missing`, `revoked`: there is no such session, or the session was revoked.
 * - `expired`: the session has expired, or the retry is explained but the token itself has expired. The session stays as it is.
 * - `wrong_transport`: the token of a cookie session in a body, or the token of a bearer session in a cookie.
 */
export type RotationVerdict =
  | "current"
  | "replayed"
  | "overtaken"
  | "superseded"
  | "reused"
  | "missing"
  | "revoked"
  | "expired"
  | "wrong_transport";

/**
 * Decides what a presented refresh token is for the session as its row is at `now`. Pure. The condition `MAY_ROTATE` of
 * `rotation-store.ts` holds exactly if the result is `current`.
 */
export const evaluateRefresh = (
  session: Session | undefined,
  presented: PresentedRefresh,
  now: EpochSeconds,
  replayWindowSeconds: number,
): RotationVerdict => {
  const { jti, gen } = presented.claims;
  if (session === undefined) return "missing";
  if (session.revokedAt !== undefined) return "revoked";
  if (!isAlive(session, now)) return "expired";
  if (session.transport !== presented.transport) return "wrong_transport";
  if (session.refreshJti === jti || gen > session.generation) return isExpired(presented, now) ? "expired" : "current";
  return evaluateRotatedAway(session, presented, now, replayWindowSeconds);
};

/** Whether the token itself has expired. An expired token is never rotated and never replayed (R6). */
export const isExpired = ({ claims }: PresentedRefresh, now: EpochSeconds): boolean => now >= claims.exp;

/**
 * R6: only the direct parent replays. The window starts at the rotation, and a replay does not extend the window. After a password
 * change the window alone replays nothing.
 */
const evaluateRotatedAway = (
  session: Session,
  presented: PresentedRefresh,
  now: EpochSeconds,
  replayWindowSeconds: number,
): "replayed" | "overtaken" | "superseded" | "expired" | "reused" => {
  const { jti } = presented.claims;
  const hasKey = isEqualInConstantTime(session.idempotencyKeyHash, presented.idempotencyKeyHash);
  const windowIsOpen = isWindowOpen(session, now, replayWindowSeconds);
  const isParent = session.previousJti === jti;
  const isOvertaken = session.overtakenJtis?.includes(jti) === true;
  const isExplained = isOvertaken || (isParent && (hasKey || windowIsOpen || session.retryRequestedJti === jti));
  if (!isExplained) return "reused";
  if (isExpired(presented, now)) return "expired";

  const isRenewed = session.replayRequiresIdempotencyKey === true;
  if (isParent && !isRenewed) return "replayed";
  if (!isRenewed) return "superseded";
  if (hasKey) return "replayed";
  return windowIsOpen ? "overtaken" : "superseded";
};

/** Whether the last rotation was so recent that the parent replays without a key. */
const isWindowOpen = (session: Session, now: EpochSeconds, replayWindowSeconds: number): boolean =>
  now - session.refreshIssuedAt <= replayWindowSeconds;

/**
 * The tokens that an honest client may still present when a password change rotates the session at `now`: the parent of the
 * current token, if its retry is explained, and the current token, if its caller was told to retry. Pure.
 *
 * @param idempotencyKeyHash the hash of the key of the password change. If the parent was rotated with the same key, the client
 * still has the parent.
 */
export const tokensOvertakenAt = (
  session: Session,
  idempotencyKeyHash: string | undefined,
  now: EpochSeconds,
  replayWindowSeconds: number,
): readonly TokenId[] => {
  const { previousJti, refreshJti, retryRequestedJti } = session;
  const isExplained =
    isWindowOpen(session, now, replayWindowSeconds) ||
    retryRequestedJti === previousJti ||
    isEqualInConstantTime(session.idempotencyKeyHash, idempotencyKeyHash);
  return [
    ...(previousJti !== undefined && isExplained ? [previousJti] : []),
    ...(retryRequestedJti === refreshJti ? [refreshJti] : []),
  ];
};

/** The hash of an `Idempotency-Key` that the row stores. The key itself is not stored, so a copy of the table permits no replay (S1). */
export const hashIdempotencyKey = (key: string): string => createHash("sha256").update(key).digest("base64url");
