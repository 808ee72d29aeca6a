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
      "but not where we failed to answer",
      rotated({ responseUnknown: true }),
      presenting("first"),
      later(31),
      "replayed",
    ],
    [
      "P7",
      "after a password change it is told to come back there too",
      rotated({ responseUnknown: true, replayRequiresIdempotencyKey: true }),
      presenting("first"),
      later(3600),
      "overtaken",
    ],
    [
      "R6",
      "an expired parent does not replay there either",
      rotated({ responseUnknown: true, idleExpiresAt: later(700_000) }),
      presenting("first"),
      later(604_800),
      "reused",
    ],
    [
      "R6",
      "nor does a grandparent",
      rotated({ responseUnknown: true, previousJti: "second" as TokenId, refreshJti: "third" as TokenId }),
      presenting("first"),
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
