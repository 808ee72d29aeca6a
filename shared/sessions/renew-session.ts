import { LatchkeyError } from "../errors.ts";
import type { KeyRing } from "../keys/key-ring.ts";
import type { User } from "../users/user.ts";
import type { SessionDependencies } from "./dependencies.ts";
import { hashIdempotencyKey, tokensOvertakenAt } from "./rotation.ts";
import { createRotationAttempt, noteRetryIfFailed } from "./rotation-attempt.ts";
import { isAlive, isCredentialCurrent, type Session } from "./session.ts";

/** The store and settings that `renewSession` uses. */
export type RenewSessionDependencies = Pick<SessionDependencies, "sessions" | "ids" | "clock" | "settings">;

/**
 * Rotates the refresh token of the session that changed the password, and gives the session the user's new `credentialVersion`:
 * the access tokens from before the change are rejected from that write on (O4). Happens once for each change: if an earlier try
 * has rotated the token, the session is returned as it is.
 *
 * A refresh of the same session may come first. Then the rotation is repeated with the token of that refresh, unless the request
 * has an `Idempotency-Key`: the key belongs to the token that the client had before, and must not prove a retry with another token.
 *
 * Cost: one read and one write, and one more of each for every refresh that comes first.
 *
 * @param before the session as it was when the request arrived
 * @param user the user after the change
 * @returns undefined if the session was revoked or has expired, or if a later password change made it outdated
 * @throws LatchkeyError `temporarily_unavailable` if the request has a key and a refresh came first: at the next try the client
 * sends the key of the new token; the SDK's error if a call failed
 */
export const renewSession = async (
  dependencies: RenewSessionDependencies,
  before: Session,
  user: User,
  idempotencyKey: string | undefined,
  ring: KeyRing,
): Promise<Session | undefined> => {
  const { sessions, clock, settings } = dependencies;
  for (;;) {
    const session = await sessions.find(before);
    const now = clock();
    if (session === undefined || !isAlive(session, now) || !isCredentialCurrent(session, user)) return undefined;
    if (session.credentialVersion === user.credentialVersion) return session;
    if (idempotencyKey !== undefined && session.refreshJti !== before.refreshJti) {
      throw new LatchkeyError("temporarily_unavailable", { retryAfterSeconds: 1 });
    }
    const idempotencyKeyHash = idempotencyKey === undefined ? undefined : hashIdempotencyKey(idempotencyKey);
    const overtaken = tokensOvertakenAt(session, idempotencyKeyHash, now, settings.replayWindowSeconds);
    const renewed = { credentialVersion: user.credentialVersion, authenticatedAt: now, overtaken };
    const attempt = createRotationAttempt(dependencies, session, { idempotencyKeyHash, renewed }, ring, now);
    const rotated = await noteRetryIfFailed(dependencies, attempt, () =>
      sessions.rotate(session, attempt.successor, now),
    );
    if (rotated.outcome === "rotated") return rotated.session;
  }
};
