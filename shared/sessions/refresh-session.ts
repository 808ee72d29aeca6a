import type { Audit, Caller } from "../audit/audit.ts";
import { LatchkeyError } from "../errors.ts";
import type { IdSource } from "../ids.ts";
import type { KeyRing } from "../keys/key-ring.ts";
import type { KeyRingReader } from "../keys/key-sources.ts";
import { addSeconds, type Clock, type EpochSeconds } from "../time.ts";
import type { AccessTokenSettings } from "../tokens/access-token.ts";
import { type RecognizedRefreshToken, recognizeRefreshToken } from "../tokens/refresh-token.ts";
import type { User } from "../users/user.ts";
import type { UserStore } from "../users/user-store.ts";
import { type IssuedTokens, issueTokens, requireFittingToken } from "./issue-tokens.ts";
import {
  evaluateRefresh,
  hashIdempotencyKey,
  isExpired,
  type PresentedRefresh,
  type RotationVerdict,
} from "./rotation.ts";
import { idleSeconds, isCredentialCurrent, type Session, type SessionSettings, type Transport } from "./session.ts";
import type { RotateOutcome, SessionStore, Successor } from "./session-store.ts";

export type RefreshDependencies = {
  readonly sessions: SessionStore;
  readonly users: Pick<UserStore, "findById">;
  readonly keyRing: KeyRingReader;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly audit: Audit;
  readonly tokens: AccessTokenSettings;
  readonly settings: SessionSettings;
};

export type RefreshRequest = {
  readonly refreshToken: unknown;
  readonly transport: Transport;
  readonly idempotencyKey?: string | undefined;
  /** `refreshToken` after its verification, if the caller has verified it already. @default it is verified */
  readonly recognized?: RecognizedRefreshToken | undefined;
};

type Rejection =
  | Exclude<RotationVerdict, "current" | "overtaken" | "replayed">
  | "not_genuine"
  | "account_disabled"
  | "credentials_changed"
  | "key_withdrawn";

export type RefreshOutcome =
  | { readonly outcome: "rotated" | "replayed"; readonly tokens: IssuedTokens }
  | { readonly outcome: "rejected"; readonly reason: Rejection };

/**
 * Exchanges a refresh token for its successor and a new access token (RFC 6749 6, RFC 9700 4.14.2). A client that did not
 * receive the response gets the same successor again. Any other use of a token that was rotated away revokes the session.
 *
 * Cost: one write and, in the same round trip, one read, also for a retry. A theft costs one more write.
 *
 * @throws the SDK's error if a call failed; LatchkeyError `temporarily_unavailable` if a password change of the same session
 * came first: the token that the change gave out is valid; the errors of `requireFittingToken`. After an error the client may
 * present the same token again.
 */
export const refreshSession = async (
  dependencies: RefreshDependencies,
  request: RefreshRequest,
  caller: Caller,
): Promise<RefreshOutcome> => {
  const { audit, clock, sessions } = dependencies;
  const { ring, claims } =
    request.recognized ?? (await recognizeRefreshToken(request.refreshToken, dependencies.keyRing));
  if (claims === undefined) {
    audit({ event: "refresh_rejected", reason: "not_genuine" }, caller);
    return { outcome: "rejected", reason: "not_genuine" };
  }
  const key = { userId: claims.sub, sessionId: claims.sid };
  const reject = (reason: Rejection): RefreshOutcome => {
    audit({ event: "refresh_rejected", ...key, reason }, caller);
    return { outcome: "rejected", reason };
  };

  const now = clock();
  const presented: PresentedRefresh = {
    claims,
    transport: request.transport,
    idempotencyKeyHash: request.idempotencyKey === undefined ? undefined : hashIdempotencyKey(request.idempotencyKey),
  };
  const { rotation, user } = await rotateBesideUser(dependencies, presented, ring, now);

  if (rotation.outcome === "overtaken") {
    await sessions.markOvertaken(key, claims.jti);
    throw new LatchkeyError("temporarily_unavailable", { retryAfterSeconds: 1 });
  }
  if (rotation.outcome === "reused") {
    // The call that revoked the session records the theft. The others of several at once find it revoked.
    if (await sessions.revoke(key, "token_reuse", clock())) audit({ event: "refresh_token_reused", ...key }, caller);
  }
  if (rotation.session === undefined) return reject(rotation.outcome);

  // The row is alive but the user says otherwise: a password change or disablement stopped half way.
  const objection = findObjection(user, rotation.session);
  if (user === undefined || objection !== undefined) {
    const reason = objection ?? "account_disabled";
    if (await sessions.revoke(key, reason, clock())) audit({ event: "session_revoked", ...key, reason }, caller);
    return reject(reason);
  }
  const tokens = await issueTokens({ session: rotation.session, user, ring, now }, dependencies);
  if (tokens === undefined) return reject("key_withdrawn");
  audit({ event: "session_refreshed", ...key, replayed: rotation.outcome === "replayed" }, caller);
  return { outcome: rotation.outcome, tokens };
};

type Rotation =
  | { readonly outcome: "rotated" | "replayed"; readonly session: Session }
  | { readonly outcome: Exclude<RotationVerdict, "current" | "replayed">; readonly session?: undefined };

/**
 * Rotates the token and reads the user in the same round trip. If the user cannot have a token (T9), or one of the calls fails, the row
 * notes that the client is told to retry.
 * @throws the SDK's error of either call, after both have ended; the errors of `requireFittingToken`
 */
const rotateBesideUser = async (
  dependencies: RefreshDependencies,
  presented: PresentedRefresh,
  ring: KeyRing,
  now: EpochSeconds,
): Promise<{ readonly rotation: Rotation; readonly user: User | undefined }> => {
  const { sessions, users, ids, settings } = dependencies;
  const { sub, sid, jti } = presented.claims;
  const successor: Successor = {
    refreshJti: ids.tokenId(),
    refreshKid: ring.refresh.current.kid,
    idleExpiresAt: addSeconds(now, idleSeconds(presented.transport, settings)),
    idempotencyKeyHash: presented.idempotencyKeyHash,
  };
  const rotating = rotate(dependencies, presented, successor, now);
  const reading = users.findById(sub);
  await Promise.allSettled([rotating, reading]);
  try {
    const user = await reading;
    if (user?.status === "active") requireFittingToken(user, ring, dependencies);
    return { rotation: await rotating, user };
  } catch (error) {
    // The client is told to retry. The rotation may be stored, or may be stored in a moment, and the window may close first.
    const failed = {
      presentedJti: jti,
      successorJti: successor.refreshJti,
      windowStart: addSeconds(now, -settings.replayWindowSeconds),
    };
    await sessions.markResponseUnknown({ userId: sub, sessionId: sid }, failed).catch(() => undefined);
    throw error;
  }
};

/**
 * One conditional write. The row that rejects the write comes with the rejection, and says why: so the loser of a race learns
 * the winner's successor. A token that has expired is never rotated: one read instead of the write.
 */
const rotate = async (
  { sessions, settings }: RefreshDependencies,
  presented: PresentedRefresh,
  successor: Successor,
  now: EpochSeconds,
): Promise<Rotation> => {
  const { sub, sid, jti, gen } = presented.claims;
  const key = { userId: sub, sessionId: sid };
  const replaced = { ...key, refreshJti: jti, generation: gen, transport: presented.transport };
  const rotated: RotateOutcome = isExpired(presented, now)
    ? { outcome: "rejected", session: await sessions.find(key) }
    : await sessions.rotate(replaced, successor, now);
  if (rotated.outcome === "rotated") return rotated;

  const { session } = rotated;
  const verdict = evaluateRefresh(session, presented, now, settings.replayWindowSeconds);
  // The write and the verdict have one condition, one row and one time.
  if (verdict === "current") throw new Error("A rotation was rejected by a row that permits it");
  if (verdict !== "replayed") return { outcome: verdict };
  if (session === undefined) return { outcome: "missing" };
  return { outcome: "replayed", session };
};

const findObjection = (
  user: User | undefined,
  session: Session,
): "account_disabled" | "credentials_changed" | undefined => {
  if (user?.status !== "active") return "account_disabled";
  return isCredentialCurrent(session, user) ? undefined : "credentials_changed";
};
