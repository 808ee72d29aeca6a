import { describe, expect, it } from "vitest";
import type { ChangePasswordOutcome } from "../shared/accounts/change-password.ts";
import type { RegisterOutcome } from "../shared/accounts/register-user.ts";
import type { WriteOutcome } from "../shared/aws/conditional-write.ts";
import { type KeyId, randomIds, type SessionId, type TokenId, type UserId, type WriteId } from "../shared/ids.ts";
import type { Authorization } from "../shared/sessions/authorize.ts";
import type { IssuedTokens } from "../shared/sessions/issue-tokens.ts";
import type { RefreshOutcome } from "../shared/sessions/refresh-session.ts";
import type { RotationVerdict } from "../shared/sessions/rotation.ts";
import type { RotateOutcome } from "../shared/sessions/rotation-store.ts";
import { openSession, type Session, type SessionRef } from "../shared/sessions/session.ts";
import type { EpochSeconds } from "../shared/time.ts";
import type { RefreshTokenClaims } from "../shared/tokens/refresh-token.ts";
import type { AccessTokenVerdict } from "../shared/tokens/verify-access-token.ts";
import { sessionSettings } from "./support/session-library.ts";
import { NOW } from "./support/time.ts";

/**
 * Code that must not compile. `tsc --noEmit` checks this file: a `@ts-expect-error` without an error on the next line is an error.
 * The assertions at run time only show that the values themselves would pass.
 */

const userId = randomIds.userId();
const sessionId = randomIds.sessionId();
const tokenId = randomIds.tokenId();

/** Takes a value of one type. */
const take = <Wanted>(value: Wanted): Wanted => value;

describe("an id of one kind in the place of another", () => {
  it("does not compile for a user id (T2)", () => {
    // @ts-expect-error a session id is no user id
    expect(take<UserId>(sessionId)).toBe(sessionId);
    // @ts-expect-error a token id is no user id
    expect(take<UserId>(tokenId)).toBe(tokenId);
    // @ts-expect-error text that no schema has parsed is no user id
    expect(take<UserId>("user")).toBe("user");
  });

  it("does not compile for a session id (T2)", () => {
    // @ts-expect-error a user id is no session id
    expect(take<SessionId>(userId)).toBe(userId);
    // @ts-expect-error a token id is no session id
    expect(take<SessionId>(tokenId)).toBe(tokenId);
  });

  it("does not compile for the id of a token, a key or a write (T2)", () => {
    // @ts-expect-error a session id is no token id
    expect(take<TokenId>(sessionId)).toBe(sessionId);
    // @ts-expect-error a token id is no key id
    expect(take<KeyId>(tokenId)).toBe(tokenId);
    // @ts-expect-error a token id is no write id
    expect(take<WriteId>(tokenId)).toBe(tokenId);
  });

  it("does not compile in the key of a session (S1)", () => {
    // @ts-expect-error the ids are exchanged
    expect(take<SessionRef>({ userId: sessionId, sessionId: userId })).toBeDefined();
    // @ts-expect-error the key of a session has two ids
    expect(take<SessionRef>({ sessionId })).toBeDefined();
  });

  it("does not compile in the claims of a refresh token (R1)", () => {
    const claims = { sub: userId, sid: sessionId, jti: tokenId, gen: 0, iat: NOW, exp: NOW };
    expect(take<RefreshTokenClaims>(claims)).toBe(claims);
    // @ts-expect-error the session id is in the place of the user id
    expect(take<RefreshTokenClaims>({ ...claims, sub: sessionId })).toBeDefined();
    // @ts-expect-error the session id is in the place of the token id
    expect(take<RefreshTokenClaims>({ ...claims, jti: sessionId })).toBeDefined();
  });
});

describe("a number in the place of a time", () => {
  it("does not compile, so that milliseconds are never taken for seconds (S2)", () => {
    // @ts-expect-error a plain number may be milliseconds
    expect(take<EpochSeconds>(1_800_000_000_000)).toBeDefined();
    const opening = {
      userId,
      sessionId,
      transport: "bearer" as const,
      credentialVersion: 1,
      device: { userAgent: "test", ip: "192.0.2.1" },
      refreshJti: tokenId,
      refreshKid: "kid",
    };
    // @ts-expect-error a plain number may be milliseconds
    expect(openSession(opening, 1_800_000_000, sessionSettings)).toBeDefined();
  });
});

describe("an outcome that the code does not handle", () => {
  it("does not compile for a refresh (R3)", () => {
    // @ts-expect-error a rejected refresh has no tokens
    const toTokens = (refreshed: RefreshOutcome): IssuedTokens => refreshed.tokens;
    expect(toTokens({ outcome: "rejected", reason: "reused" })).toBeUndefined();
  });

  it("does not compile for a verdict on a refresh token (R3)", () => {
    const isOpen = (
      verdict: Exclude<RotationVerdict, "missing" | "revoked" | "expired" | "wrong_transport">,
    ): boolean => {
      switch (verdict) {
        case "current":
        case "replayed":
        case "overtaken":
        case "superseded":
          return true;
        default:
          // @ts-expect-error `reused` is not handled
          return verdict satisfies never;
      }
    };
    expect(isOpen("reused")).toBe("reused");
  });

  it("does not compile for a rotation (R4)", () => {
    // @ts-expect-error the row of a rejected rotation may be missing
    const toSession = (rotated: RotateOutcome): Session => rotated.session;
    expect(toSession({ outcome: "rejected", session: undefined })).toBeUndefined();
  });

  it("does not compile for a conditional write (R8)", () => {
    const isStored = (write: WriteOutcome): boolean => {
      switch (write.outcome) {
        case "written":
        case "written_before":
          return true;
        default:
          // @ts-expect-error `rejected` is not handled
          return write satisfies never;
      }
    };
    expect(isStored({ outcome: "rejected", row: undefined })).toBeDefined();
  });

  it("does not compile for a password change (P7)", () => {
    const isChanged = (change: ChangePasswordOutcome): boolean => {
      switch (change.outcome) {
        case "changed":
        case "wrong_password":
        case "session_over":
        case "password_rejected":
          return change.outcome === "changed";
        default:
          // @ts-expect-error `changed_session_over` is not handled
          return change satisfies never;
      }
    };
    expect(isChanged({ outcome: "changed_session_over" })).toBeDefined();
  });

  it("does not compile for a registration (P5)", () => {
    // @ts-expect-error only a registered account has a user
    const toUserId = (registration: RegisterOutcome): UserId => registration.user.userId;
    expect(() => toUserId({ outcome: "account_exists" })).toThrow(TypeError);
  });

  it("does not compile for an authorization (A6)", () => {
    // @ts-expect-error a rejected request has no claims
    const toSubject = (authorization: Authorization): UserId => authorization.claims.sub;
    expect(() => toSubject({ outcome: "rejected", reason: "revoked" })).toThrow(TypeError);
  });

  it("does not compile for the verification of an access token (T3)", () => {
    // @ts-expect-error a token that is not valid has no claims
    const toSubject = (verdict: AccessTokenVerdict): UserId => verdict.claims.sub;
    expect(() => toSubject({ valid: false, reason: "bad_signature" })).toThrow(TypeError);
  });
});
