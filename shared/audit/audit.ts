import type { SessionId, UserId } from "../ids.ts";

/** Who is asking: where API Gateway, or our own CDN, saw the request come from, never what a header claims (B3). */
export type Caller = {
  readonly requestId: string;
  readonly ip: string;
  readonly userAgent: string;
  /** `performance.now()` when the request came: events then say how long it took. */
  readonly startedAt?: number;
};

export type RevokedReason =
  | "logout"
  | "logout_all"
  | "revoked_by_user"
  | "token_reuse"
  | "credentials_changed"
  | "account_disabled"
  | "session_limit"
  | "administrator";

/** An address as somebody typed it. Which of the two is written, if any, is a setting. */
export type AuditedEmail = { readonly email?: string; readonly emailHash: string };

type AccountEvent<Name> = { readonly event: Name; readonly userId: UserId };

/** What happened that a person may have to reconstruct later (G2); docs/audit-events.md says when each is written. */
export type AuditEvent =
  | ({ readonly event: "account_registered"; readonly userId: UserId } & Partial<AuditedEmail>)
  | ({
      readonly event: "login_succeeded";
      readonly userId: UserId;
      readonly sessionId: SessionId;
    } & Partial<AuditedEmail>)
  | ({
      readonly event: "login_failed";
      readonly userId?: UserId;
      readonly reason: LoginFailure;
    } & Partial<AuditedEmail>)
  | {
      readonly event: "session_refreshed";
      readonly userId: UserId;
      readonly sessionId: SessionId;
      readonly replayed: boolean;
    }
  | {
      readonly event: "refresh_rejected";
      readonly userId?: UserId;
      readonly sessionId?: SessionId;
      readonly reason: string;
    }
  | { readonly event: "password_changed"; readonly userId: UserId; readonly sessionId: SessionId }
  | {
      readonly event: "password_change_failed";
      readonly userId: UserId;
      readonly sessionId: SessionId;
      readonly reason: "wrong_password";
    }
  | AccountEvent<"account_disabled">
  | AccountEvent<"account_enabled">
  | AccountEvent<"account_deleted">
  | { readonly event: "refresh_token_reused"; readonly userId: UserId; readonly sessionId: SessionId }
  | {
      readonly event: "session_revoked";
      readonly userId: UserId;
      readonly sessionId: SessionId;
      readonly reason: RevokedReason;
    }
  | ({
      readonly event: "request_throttled";
      readonly route: ThrottledRoute;
      readonly limit: ThrottleLimit;
      readonly retryAfterSeconds: number;
      readonly userId?: UserId;
    } & Partial<AuditedEmail>)
  | ({
      readonly event: "locked_out";
      readonly route: ThrottledRoute;
      readonly failures: number;
      readonly retryAfterSeconds: number;
      readonly userId?: UserId;
    } & Partial<AuditedEmail>);

export type LoginFailure =
  | "unknown_account"
  | "wrong_password"
  | "malformed_digest"
  | "account_disabled"
  | "changed_meanwhile";

export type ThrottledRoute = "login" | "register" | "refresh" | "password";

/**
 * Which count was full: of an account, of the devices it knows, of a network address, of account and address together, or of
 * an account's successful logins.
 */
export type ThrottleLimit = "account" | "device" | "address" | "account_address" | "known_accounts" | "logins";

export type AuditEventName = AuditEvent["event"];
type AuditEventNamed<Name extends AuditEventName> = Extract<AuditEvent, { readonly event: Name }>;
/** The fields of one kind of event. */
export type AuditFields<Name extends AuditEventName> = Omit<AuditEventNamed<Name>, "event">;

export type Audit = (event: AuditEvent, caller: Caller) => void;

/**
 * All that a line may hold beside `time`, `event` and the caller. The types alone would let a wider object through, and with
 * it a secret (G1): what is not listed here is not written.
 */
export const AUDIT_FIELDS: {
  readonly [Name in AuditEventName]: { readonly [Field in keyof AuditFields<Name>]-?: true };
} = {
  account_registered: { userId: true, email: true, emailHash: true },
  login_succeeded: { userId: true, sessionId: true, email: true, emailHash: true },
  login_failed: { userId: true, reason: true, email: true, emailHash: true },
  session_refreshed: { userId: true, sessionId: true, replayed: true },
  refresh_rejected: { userId: true, sessionId: true, reason: true },
  password_changed: { userId: true, sessionId: true },
  password_change_failed: { userId: true, sessionId: true, reason: true },
  account_disabled: { userId: true },
  account_enabled: { userId: true },
  account_deleted: { userId: true },
  refresh_token_reused: { userId: true, sessionId: true },
  session_revoked: { userId: true, sessionId: true, reason: true },
  request_throttled: {
    route: true,
    limit: true,
    retryAfterSeconds: true,
    userId: true,
    email: true,
    emailHash: true,
  },
  locked_out: { route: true, failures: true, retryAfterSeconds: true, userId: true, email: true, emailHash: true },
};
