import type { Audit, Caller } from "../audit/audit.ts";
import { LatchkeyError } from "../errors.ts";
import type { IdSource } from "../ids.ts";
import type { KeyRing } from "../keys/key-ring.ts";
import type { KeyRingReader } from "../keys/key-sources.ts";
import { addSeconds, type Clock, type EpochSeconds } from "../time.ts";
import type { AccessTokenSettings } from "../tokens/access-token.ts";
import { knowsRefreshKey, verifyRefreshToken } from "../tokens/refresh-token.ts";
import type { User } from "../users/user.ts";
import type { UserStore } from "../users/user-store.ts";
import { type IssuedTokens, issueTokens, requireFittingToken } from "./issue-tokens.ts";
import { evaluateRefresh, hashIdempotencyKey, type PresentedRefresh, type RotationVerdict } from "./rotation.ts";
import { idleSeconds, isCredentialCurrent, type Session, type SessionSettings, type Transport } from "./session.ts";
import type { SessionStore, Successor } from "./session-store.ts";

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
 * Exchanges a refresh token for its successor and a new access token (RFC 6749 6, RFC 9700 4.14.2): one read, and then one
 * write. A client that never saw the answer gets the same successor again; any other use of a token that was rotated
 * away ends the session.
 *
 * @throws the SDK's error if a call failed, LatchkeyError `temporarily_unavailable` if the row changed under our eyes: the same
 * request then succeeds; or if a password change of the same session came first: then the token which that gave out does. With the session as
 * it was, LatchkeyError as `requireFittingToken`
 */
export const refreshSession = async (
  dependencies: RefreshDependencies,
  request: RefreshRequest,
  caller: Caller,
): Promise<RefreshOutcome> => {
  const { audit, clock, sessions } = dependencies;
  const ring = await dependencies.keyRing(knowsRefreshKey(request.refreshToken));
  const claims = await verifyRefreshToken(request.refreshToken, ring);
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
  const { rotation, user } = await rotateAfterUser(dependencies, presented, ring, now);

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
  | { readonly outcome: Exclude<RotationVerdict, "current" | "overtaken" | "replayed">; readonly session?: undefined };

/**
 * The user, and then the rotation: a token that could not be issued must not rotate the one that the client has (T9).
 * @throws the SDK's error of either; LatchkeyError as `requireFittingToken`, with the session as it was
 */
const rotateAfterUser = async (
  dependencies: RefreshDependencies,
  presented: PresentedRefresh,
  ring: KeyRing,
  now: EpochSeconds,
): Promise<{ readonly rotation: Rotation; readonly user: User | undefined }> => {
  const { sessions, users, ids, settings } = dependencies;
  const { sub, sid } = presented.claims;
  const user = await users.findById(sub);
  if (user?.status === "active") requireFittingToken(user, ring, dependencies);
  const successor: Successor = {
    refreshJti: ids.tokenId(),
    refreshKid: ring.refresh.current.kid,
    idleExpiresAt: addSeconds(now, idleSeconds(presented.transport, settings)),
    idempotencyKeyHash: presented.idempotencyKeyHash,
  };
  try {
    return { rotation: await rotate(dependencies, presented, successor, now), user };
  } catch (error) {
    // The rotation may be written all the same, and its client be kept waiting for longer than the window is open.
    await sessions.markResponseUnknown({ userId: sub, sessionId: sid }, successor).catch(() => undefined);
    throw error;
  }
};

/** One conditional write; a read only where the condition did not hold. The loser of a race so learns the winner's successor. */
const rotate = async (
  { sessions, settings }: RefreshDependencies,
  presented: PresentedRefresh,
  successor: Successor,
  now: EpochSeconds,
): Promise<Rotation> => {
  const { sub, sid, jti } = presented.claims;
  const replaced = { userId: sub, sessionId: sid, refreshJti: jti, transport: presented.transport };
  const rotated = await sessions.rotate(replaced, successor, now);
  if (rotated !== undefined) return { outcome: "rotated", session: rotated };

  const session = await sessions.find({ userId: sub, sessionId: sid });
  const verdict = evaluateRefresh(session, presented, now, settings.replayWindowSeconds);
  // The write said no and the row now says yes: clocks of two instances disagree by a tick. Ask again. So must whoever was
  // overtaken by a password change: with the token that it gave out.
  if (verdict === "current" || verdict === "overtaken")
    throw new LatchkeyError("temporarily_unavailable", { retryAfterSeconds: 1 });
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
