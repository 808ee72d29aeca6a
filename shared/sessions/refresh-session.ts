import type { Caller } from "../audit/audit.ts";
import { LatchkeyError } from "../errors.ts";
import type { KeyRing } from "../keys/key-ring.ts";
import { type RecognizedRefreshToken, recognizeRefreshToken } from "../tokens/refresh-token.ts";
import type { User } from "../users/user.ts";
import type { UserStore } from "../users/user-store.ts";
import type { SessionDependencies } from "./dependencies.ts";
import { type IssuedTokens, issueTokens, requireFittingToken } from "./issue-tokens.ts";
import {
  evaluateRefresh,
  hashIdempotencyKey,
  isExpired,
  type PresentedRefresh,
  type RotationVerdict,
} from "./rotation.ts";
import { createRotationAttempt, noteRetryIfFailed, type RotationAttempt } from "./rotation-attempt.ts";
import type { RotateOutcome } from "./rotation-store.ts";
import { isCredentialCurrent, type Session, type Transport } from "./session.ts";

/** The stores, keys and settings that `refreshSession` uses. */
export type RefreshDependencies = Omit<SessionDependencies, "users"> & {
  readonly users: Pick<UserStore, "findById">;
};

/** One request for new tokens. */
export type RefreshRequest = {
  /** The refresh token as the client sent it. */
  readonly refreshToken: unknown;
  /** How the client sent the refresh token. */
  readonly transport: Transport;
  readonly idempotencyKey?: string | undefined;
  /** `refreshToken` after its verification, if the caller has verified it. @default this function verifies it */
  readonly recognized?: RecognizedRefreshToken | undefined;
};

type Rejection =
  | Exclude<RotationVerdict, "current" | "overtaken" | "replayed">
  | "not_genuine"
  | "account_disabled"
  | "credentials_changed"
  | "key_withdrawn";

/** The result of a refresh. `reason` is for the audit log: the client learns only that it must sign in again. */
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
 * came first: the client has, or gets by a retry of the change, the token that the change issued; the errors of
 * `requireFittingToken`. After an error the client may present the same token again.
 *
 * @example const outcome = await refreshSession(dependencies, { refreshToken, transport: "bearer" }, caller)
 */
export const refreshSession = async (
  dependencies: RefreshDependencies,
  request: RefreshRequest,
  caller: Caller,
): Promise<RefreshOutcome> => {
  const { audit } = dependencies;
  const { ring, claims } =
    request.recognized ?? (await recognizeRefreshToken(request.refreshToken, dependencies.keyRing));
  if (claims === undefined) {
    audit({ event: "refresh_rejected", reason: "not_genuine" }, caller);
    return { outcome: "rejected", reason: "not_genuine" };
  }
  const key = { userId: claims.sub, sessionId: claims.sid };
  const now = dependencies.clock();
  const { transport, idempotencyKey } = request;
  const idempotencyKeyHash = idempotencyKey === undefined ? undefined : hashIdempotencyKey(idempotencyKey);
  const presented: PresentedRefresh = { claims, transport, idempotencyKeyHash };
  const replaced = { ...key, transport, refreshJti: claims.jti, generation: claims.gen };
  const attempt = createRotationAttempt(dependencies, replaced, { idempotencyKeyHash }, ring, now);
  const exchanged = await noteRetryIfFailed(dependencies, attempt, () =>
    exchange(dependencies, presented, attempt, ring, caller),
  );
  if (exchanged.outcome === "overtaken") {
    throw new LatchkeyError("temporarily_unavailable", { retryAfterSeconds: 1 });
  }
  if (exchanged.outcome === "rejected") audit({ event: "refresh_rejected", ...key, reason: exchanged.reason }, caller);
  else audit({ event: "session_refreshed", ...key, replayed: exchanged.outcome === "replayed" }, caller);
  return exchanged;
};

/**
 * Makes all calls of a refresh after the token was verified, and records what they changed. Throws if a call failed: the row then
 * notes that the client is told to retry (`noteRetryIfFailed`).
 */
const exchange = async (
  dependencies: RefreshDependencies,
  presented: PresentedRefresh,
  attempt: RotationAttempt,
  ring: KeyRing,
  caller: Caller,
): Promise<RefreshOutcome | { readonly outcome: "overtaken" }> => {
  const { audit, clock, sessions } = dependencies;
  const { sub: userId, sid: sessionId, jti } = presented.claims;
  const key = { userId, sessionId };
  const { rotation, user } = await rotateBesideUser(dependencies, presented, attempt, ring);

  if (rotation.outcome === "overtaken") {
    await sessions.markOvertaken(key, jti);
    return { outcome: "overtaken" };
  }
  if (rotation.outcome === "reused") {
    // Of several calls at the same time only the call that revoked the session records the theft.
    if (await sessions.revoke(key, "token_reuse", clock())) audit({ event: "refresh_token_reused", ...key }, caller);
  }
  if (rotation.session === undefined) return { outcome: "rejected", reason: rotation.outcome };

  // The session is alive but the user's row has changed: a password change or a disablement stopped half way.
  const userRejection = findUserRejection(user, rotation.session);
  if (user === undefined || userRejection !== undefined) {
    const reason = userRejection ?? "account_disabled";
    if (await sessions.revoke(key, reason, clock())) audit({ event: "session_revoked", ...key, reason }, caller);
    return { outcome: "rejected", reason };
  }
  const tokens = await issueTokens({ session: rotation.session, user, ring, now: attempt.now }, dependencies);
  return tokens === undefined
    ? { outcome: "rejected", reason: "key_withdrawn" }
    : { outcome: rotation.outcome, tokens };
};

type Rotation =
  | { readonly outcome: "rotated" | "replayed"; readonly session: Session }
  | { readonly outcome: Exclude<RotationVerdict, "current" | "replayed">; readonly session?: undefined };

/**
 * Rotates the token and reads the user in the same round trip.
 *
 * @throws the SDK's error of either call, after both have ended; the errors of `requireFittingToken`
 */
const rotateBesideUser = async (
  dependencies: RefreshDependencies,
  presented: PresentedRefresh,
  attempt: RotationAttempt,
  ring: KeyRing,
): Promise<{ readonly rotation: Rotation; readonly user: User | undefined }> => {
  const rotating = rotate(dependencies, presented, attempt);
  const reading = dependencies.users.findById(presented.claims.sub);
  await Promise.allSettled([rotating, reading]);
  const user = await reading;
  if (user?.status === "active") requireFittingToken(user, ring, dependencies);
  return { rotation: await rotating, user };
};

/**
 * Rotates the token by one conditional write. If the condition does not hold, DynamoDB returns the row with the rejection, and the
 * row decides what the token gets: the loser of a race gets the successor that the winner made. An expired token is never rotated:
 * one read instead of the write.
 */
const rotate = async (
  { sessions, settings }: RefreshDependencies,
  presented: PresentedRefresh,
  { replaced, successor, now }: RotationAttempt,
): Promise<Rotation> => {
  const rotated: RotateOutcome = isExpired(presented, now)
    ? { outcome: "rejected", session: await sessions.find(replaced) }
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

const findUserRejection = (
  user: User | undefined,
  session: Session,
): "account_disabled" | "credentials_changed" | undefined => {
  if (user?.status !== "active") return "account_disabled";
  return isCredentialCurrent(session, user) ? undefined : "credentials_changed";
};
