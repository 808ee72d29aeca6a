import { describe, expect, it } from "vitest";
import type { SessionId, TokenId, UserId } from "../../../shared/ids.ts";
import { evaluateRefresh, hashIdempotencyKey, type PresentedRefresh } from "../../../shared/sessions/rotation.ts";
import { currentRefreshClaims, openSession, type Session } from "../../../shared/sessions/session.ts";
import { addSeconds } from "../../../shared/time.ts";
import { sessionSettings } from "../../support/session-library.ts";
import { NOW } from "../../support/time.ts";

const KEY = "the key of the client that rotated";

const aSession = (changes: Partial<Session> = {}): Session => ({
  ...openSession(
    {
      userId: "user" as UserId,
      sessionId: "session" as SessionId,
      transport: "bearer",
      device: { userAgent: "test", ip: "192.0.2.1" },
      credentialVersion: 1,
      refreshJti: "first" as TokenId,
      refreshKid: "kid",
    },
    NOW,
    sessionSettings,
  ),
  ...changes,
});

/** Rotated once at NOW, with KEY. */
const rotated = (changes: Partial<Session> = {}): Session =>
  aSession({
    generation: 1,
    previousJti: "first" as TokenId,
    refreshJti: "second" as TokenId,
    idempotencyKeyHash: hashIdempotencyKey(KEY),
    ...changes,
  });

/** A session whose first token a password change has overtaken, and that has rotated once more since. */
const overtakenTwice = (changes: Partial<Session> = {}): Session =>
  rotated({
    overtakenJtis: ["first" as TokenId],
    previousJti: "second" as TokenId,
    refreshJti: "third" as TokenId,
    generation: 2,
    ...changes,
  });

const presenting = (jti: string, changes: Partial<PresentedRefresh> = {}): PresentedRefresh => ({
  claims: { ...currentRefreshClaims(aSession()), jti: jti as TokenId },
  transport: "bearer",
  ...changes,
});

const withKey = (key: string) => ({ idempotencyKeyHash: hashIdempotencyKey(key) });

describe("presenting a refresh token", () => {
  const later = (seconds: number) => addSeconds(NOW, seconds);

  it.each([
    ["R2", "the current token rotates", aSession(), presenting("first"), NOW, "current"],
    ["R5", "the parent replays inside the window", rotated(), presenting("first"), later(30), "replayed"],
    ["R6", "the window ends", rotated(), presenting("first"), later(31), "reused"],
    [
      "S3",
      "the window stays open if the service told the client to retry",
      rotated({ retryRequestedJti: "first" as TokenId }),
      presenting("first"),
      later(31),
      "replayed",
    ],
    [
      "R6",
      "a note about another token opens no window",
      rotated({ retryRequestedJti: "second" as TokenId }),
      presenting("first"),
      later(31),
      "reused",
    ],
    [
      "R10",
      "after a password change such a client gets no token, and is no thief",
      rotated({ retryRequestedJti: "first" as TokenId, replayRequiresIdempotencyKey: true }),
      presenting("first"),
      later(3600),
      "superseded",
    ],
    [
      "R10",
      "an expired parent whose client was told to retry gets no token, and is no theft",
      rotated({ retryRequestedJti: "first" as TokenId, idleExpiresAt: later(700_000) }),
      presenting("first"),
      later(604_800),
      "expired",
    ],
    [
      "R6",
      "a grandparent is reuse, also if its client was told to retry",
      rotated({
        retryRequestedJti: "first" as TokenId,
        previousJti: "second" as TokenId,
        refreshJti: "third" as TokenId,
        generation: 2,
      }),
      presenting("first"),
      later(1),
      "reused",
    ],
    [
      "R10",
      "a client that a password change overtook, and that was told to retry, gets no token after the window, and is no thief",
      rotated({ replayRequiresIdempotencyKey: true, overtakenJtis: ["first" as TokenId] }),
      presenting("first"),
      later(31),
      "superseded",
    ],
    [
      "R10",
      "nor is it one after a second password change",
      overtakenTwice({ replayRequiresIdempotencyKey: true }),
      presenting("first"),
      later(31),
      "superseded",
    ],
    [
      "P7",
      "whose window tells it to retry as well",
      overtakenTwice({ replayRequiresIdempotencyKey: true }),
      presenting("first"),
      NOW,
      "overtaken",
    ],
    ["R10", "nor after a refresh", overtakenTwice(), presenting("first"), later(1), "superseded"],
    [
      "R5",
      "its key replays, if the client held it when the password was changed",
      overtakenTwice({ replayRequiresIdempotencyKey: true }),
      presenting("first", withKey(KEY)),
      later(3600),
      "replayed",
    ],
    [
      "R6",
      "but not once the new token was used",
      overtakenTwice(),
      presenting("first", withKey(KEY)),
      NOW,
      "superseded",
    ],
    [
      "R5",
      "its key still replays",
      rotated({ replayRequiresIdempotencyKey: true, overtakenJtis: ["first" as TokenId] }),
      presenting("first", withKey(KEY)),
      later(3600),
      "replayed",
    ],
    [
      "R10",
      "a token that is newer than the row is current: the table was restored",
      aSession(),
      presenting("third", { claims: { ...presenting("third").claims, gen: 2 } }),
      later(1),
      "current",
    ],
    [
      "R6",
      "but not if it has expired",
      aSession({ idleExpiresAt: later(700_000) }),
      presenting("third", { claims: { ...presenting("third").claims, gen: 2 } }),
      later(604_800),
      "expired",
    ],
    [
      "R3",
      "a token of the row's generation that the row does not know is reuse",
      rotated(),
      presenting("another", { claims: { ...presenting("another").claims, gen: 1 } }),
      later(1),
      "reused",
    ],
    [
      "R5",
      "the parent replays with its key an hour later",
      rotated(),
      presenting("first", withKey(KEY)),
      later(3600),
      "replayed",
    ],
    ["R6", "another key vouches for nothing", rotated(), presenting("first", withKey("other")), later(3600), "reused"],
    [
      "R6",
      "no key vouches for a rotation made without one",
      rotated({ idempotencyKeyHash: undefined }),
      presenting("first", withKey(KEY)),
      later(3600),
      "reused",
    ],
    [
      "P7",
      "inside the window after a password change the parent gets nothing and ends nothing",
      rotated({ replayRequiresIdempotencyKey: true }),
      presenting("first"),
      later(30),
      "overtaken",
    ],
    [
      "P7",
      "and is reuse after it",
      rotated({ replayRequiresIdempotencyKey: true }),
      presenting("first"),
      later(31),
      "reused",
    ],
    [
      "P7",
      "its key vouches all the same",
      rotated({ replayRequiresIdempotencyKey: true }),
      presenting("first", withKey(KEY)),
      NOW,
      "replayed",
    ],
    ["R6", "only the direct parent replays", rotated(), presenting("zeroth", withKey(KEY)), NOW, "reused"],
    [
      "R6",
      "an expired token replays nothing, not even with its key",
      rotated(),
      presenting("first", { ...withKey(KEY), claims: { ...presenting("first").claims, exp: NOW } }),
      NOW,
      "expired",
    ],
    [
      "R3",
      "without its key an expired token is reuse like any other",
      rotated(),
      presenting("first", { claims: { ...presenting("first").claims, exp: later(31) } }),
      later(31),
      "reused",
    ],
    ["R7", "the last second of the idle limit counts", aSession(), presenting("first"), later(604_799), "current"],
    ["R7", "an idle session is over, its row still there", aSession(), presenting("first"), later(604_800), "expired"],
    [
      "R7",
      "so is one past its absolute limit",
      aSession({ absoluteExpiresAt: later(10) }),
      presenting("first"),
      later(10),
      "expired",
    ],
    ["R3", "a revoked session rotates nothing", aSession({ revokedAt: NOW }), presenting("first"), NOW, "revoked"],
    ["R3", "nor does it replay", rotated({ revokedAt: NOW }), presenting("first", withKey(KEY)), NOW, "revoked"],
    ["S2", "a session nobody has is missing", undefined, presenting("first"), NOW, "missing"],
    [
      "C2",
      "a cookie's token is not good in a body",
      aSession({ transport: "cookie" }),
      presenting("first"),
      NOW,
      "wrong_transport",
    ],
  ] as const)("%s: %s", (_item, _sentence, session, presented, now, verdict) => {
    expect(evaluateRefresh(session, presented, now, sessionSettings.replayWindowSeconds)).toBe(verdict);
  });
});
