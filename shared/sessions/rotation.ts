import { createHash } from "node:crypto";
import { isEqualInConstantTime } from "../crypto/constant-time.ts";
import type { EpochSeconds } from "../time.ts";
import type { RefreshTokenClaims } from "../tokens/refresh-token.ts";
import { isAlive, type Session, type Transport } from "./session.ts";

/** A genuine refresh token as somebody presents it. */
export type PresentedRefresh = {
  readonly claims: RefreshTokenClaims;
  readonly transport: Transport;
  /** `hashIdempotencyKey` of the request's `Idempotency-Key`. */
  readonly idempotencyKeyHash?: string | undefined;
};

/**
 * - `current`: the token may be rotated.
 * - `replayed`: its successor is unused and goes out again.
 * - `overtaken`: a password change has just rotated it away, and only a key could vouch for it. Nothing is given out, but nothing
 *   ends either: it may be a refresh of the very client that made the change.
 * - `reused`: it was rotated away and neither key nor window vouches for it: theft, the session must die (RFC 9700 4.14.2).
 * - `missing`, `revoked`, `expired`: the session is over.
 * - `wrong_transport`: a cookie's token in a body or the other way round.
 */
export type RotationVerdict =
  | "current"
  | "replayed"
  | "overtaken"
  | "reused"
  | "missing"
  | "revoked"
  | "expired"
  | "wrong_transport";

/** Decides what presenting a refresh token means for the session as its row stands at `now`. */
export const evaluateRefresh = (
  session: Session | undefined,
  presented: PresentedRefresh,
  now: EpochSeconds,
  replayWindowSeconds: number,
): RotationVerdict => {
  if (session === undefined) return "missing";
  if (session.revokedAt !== undefined) return "revoked";
  if (!isAlive(session, now)) return "expired";
  if (session.transport !== presented.transport) return "wrong_transport";
  if (session.refreshJti === presented.claims.jti) return "current";
  return evaluateRotatedAway(session, presented, now, replayWindowSeconds);
};

/**
 * R6: only the direct parent replays; the window starts at the rotation and does not move with a replay; and a token that
 * has expired replays nothing. After a password change the window replays nothing; where we ourselves failed to answer, it
 * is open.
 */
const evaluateRotatedAway = (
  session: Session,
  presented: PresentedRefresh,
  now: EpochSeconds,
  replayWindowSeconds: number,
): "replayed" | "overtaken" | "reused" => {
  if (session.previousJti !== presented.claims.jti || now >= presented.claims.exp) return "reused";
  if (isEqualInConstantTime(session.idempotencyKeyHash, presented.idempotencyKeyHash)) return "replayed";
  const windowIsOpen = session.responseUnknown === true || now - session.refreshIssuedAt <= replayWindowSeconds;
  if (!windowIsOpen) return "reused";
  return session.replayRequiresIdempotencyKey === true ? "overtaken" : "replayed";
};

/** What the row keeps of an `Idempotency-Key`: a copy of the table does not let anyone replay (S1). */
export const hashIdempotencyKey = (key: string): string => createHash("sha256").update(key).digest("base64url");
