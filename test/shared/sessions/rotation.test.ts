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

describe("a presented refresh token", () => {
  const later = (seconds: number) => addSeconds(NOW, seconds);

  it.each([
    ["may be rotated if it is the current token (R2)", aSession(), presenting("first"), NOW, "current"],
    ["replays as the parent within the window (R5)", rotated(), presenting("first"), later(30), "replayed"],
    ["is theft as the parent after the window (R6)", rotated(), presenting("first"), later(31), "reused"],
    [
      "replays as the parent after the window if the service told the client to retry (S3)",
      rotated({ retryRequestedJti: "first" as TokenId }),
      presenting("first"),
      later(31),
      "replayed",
    ],
    [
      "is theft as the parent after the window if the client of another token was told to retry (R6)",
      rotated({ retryRequestedJti: "second" as TokenId }),
      presenting("first"),
      later(31),
      "reused",
    ],
    [
      "gets no token as the parent of a password change, and is no theft, if the client was told to retry (R10)",
      rotated({ retryRequestedJti: "first" as TokenId, replayRequiresIdempotencyKey: true }),
      presenting("first"),
      later(3600),
      "superseded",
    ],
    [
      "gets no token as an expired parent, and is no theft, if the client was told to retry (R10)",
      rotated({ retryRequestedJti: "first" as TokenId, idleExpiresAt: later(700_000) }),
      presenting("first"),
      later(604_800),
      "expired",
    ],
    [
      "is theft as the grandparent, also if the client was told to retry (R6)",
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
      "gets no token after the window, and is no theft, if a password change has overtaken it (R10)",
      rotated({ replayRequiresIdempotencyKey: true, overtakenJtis: ["first" as TokenId] }),
      presenting("first"),
      later(31),
      "superseded",
    ],
    [
      "gets no token after a second password change, and is no theft, if the first has overtaken it (R10)",
      overtakenTwice({ replayRequiresIdempotencyKey: true }),
      presenting("first"),
      later(31),
      "superseded",
    ],
    [
      "gets a request to retry within the window of a second password change (P7)",
      overtakenTwice({ replayRequiresIdempotencyKey: true }),
      presenting("first"),
      NOW,
      "overtaken",
    ],
    [
      "gets no token after the next refresh, and is no theft, if a password change has overtaken it (R10)",
      overtakenTwice(),
      presenting("first"),
      later(1),
      "superseded",
    ],
    [
      "replays with its key if the client had the key when the password was changed (R5)",
      overtakenTwice({ replayRequiresIdempotencyKey: true }),
      presenting("first", withKey(KEY)),
      later(3600),
      "replayed",
    ],
    [
      "replays no longer with that key after the new token was used (R6)",
      overtakenTwice(),
      presenting("first", withKey(KEY)),
      NOW,
      "superseded",
    ],
    [
      "replays with its key as the overtaken parent of a password change (R5)",
      rotated({ replayRequiresIdempotencyKey: true, overtakenJtis: ["first" as TokenId] }),
      presenting("first", withKey(KEY)),
      later(3600),
      "replayed",
    ],
    [
      "may be rotated if it is newer than the row, because the table was restored (R10)",
      aSession(),
      presenting("third", { claims: { ...presenting("third").claims, gen: 2 } }),
      later(1),
      "current",
    ],
    [
      "is expired if it is newer than the row but has expired (R6)",
      aSession({ idleExpiresAt: later(700_000) }),
      presenting("third", { claims: { ...presenting("third").claims, gen: 2 } }),
      later(604_800),
      "expired",
    ],
    [
      "is theft if it has the generation of the row but another id (R3)",
      rotated(),
      presenting("another", { claims: { ...presenting("another").claims, gen: 1 } }),
      later(1),
      "reused",
    ],
    [
      "replays as the parent with its key an hour later (R5)",
      rotated(),
      presenting("first", withKey(KEY)),
      later(3600),
      "replayed",
    ],
    [
      "is theft as the parent with another key after the window (R6)",
      rotated(),
      presenting("first", withKey("other")),
      later(3600),
      "reused",
    ],
    [
      "is theft as the parent with a key after the window if its rotation had no key (R6)",
      rotated({ idempotencyKeyHash: undefined }),
      presenting("first", withKey(KEY)),
      later(3600),
      "reused",
    ],
    [
      "gets a request to retry as the parent of a password change within the window (P7)",
      rotated({ replayRequiresIdempotencyKey: true }),
      presenting("first"),
      later(30),
      "overtaken",
    ],
    [
      "is theft as the parent of a password change after the window (P7)",
      rotated({ replayRequiresIdempotencyKey: true }),
      presenting("first"),
      later(31),
      "reused",
    ],
    [
      "replays with its key as the parent of a password change (P7)",
      rotated({ replayRequiresIdempotencyKey: true }),
      presenting("first", withKey(KEY)),
      NOW,
      "replayed",
    ],
    [
      "is theft if it is not the direct parent, also with the key (R6)",
      rotated(),
      presenting("zeroth", withKey(KEY)),
      NOW,
      "reused",
    ],
    [
      "does not replay if it has expired, also with its key (R6)",
      rotated(),
      presenting("first", { ...withKey(KEY), claims: { ...presenting("first").claims, exp: NOW } }),
      NOW,
      "expired",
    ],
    [
      "is theft without its key after the window if it has expired (R3)",
      rotated(),
      presenting("first", { claims: { ...presenting("first").claims, exp: later(31) } }),
      later(31),
      "reused",
    ],
    [
      "may be rotated in the last second before the idle limit (R7)",
      aSession(),
      presenting("first"),
      later(604_799),
      "current",
    ],
    [
      "is expired at the idle limit, also if the row still exists (R7)",
      aSession(),
      presenting("first"),
      later(604_800),
      "expired",
    ],
    [
      "is expired at the absolute limit (R7)",
      aSession({ absoluteExpiresAt: later(10) }),
      presenting("first"),
      later(10),
      "expired",
    ],
    ["does not rotate in a revoked session (R3)", aSession({ revokedAt: NOW }), presenting("first"), NOW, "revoked"],
    [
      "does not replay in a revoked session (R3)",
      rotated({ revokedAt: NOW }),
      presenting("first", withKey(KEY)),
      NOW,
      "revoked",
    ],
    ["is rejected if there is no row (S2)", undefined, presenting("first"), NOW, "missing"],
    [
      "is rejected if it belongs to a cookie session and comes in a body (C2)",
      aSession({ transport: "cookie" }),
      presenting("first"),
      NOW,
      "wrong_transport",
    ],
  ] as const)("%s", (_, session, presented, now, verdict) => {
    expect(evaluateRefresh(session, presented, now, sessionSettings.replayWindowSeconds)).toBe(verdict);
  });
});
