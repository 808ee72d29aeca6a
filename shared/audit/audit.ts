import type { SessionId, UserId } from "../ids.ts";

/** The origin of a request. The address is the one that API Gateway or the stack's CDN saw, never a client's header (B3). */
export type Caller = {
  readonly requestId: string;
  readonly ip: string;
  readonly userAgent: string;
  /** `performance.now()` at the arrival of the request. If it is set, events contain the duration of the request. */
  readonly startedAt?: number;
};

/** The cause of a revocation, stored in the session row and in the log. */
export type RevokedReason =
  | "logout"
  | "logout_all"
  | "revoked_by_user"
  | "token_reuse"
  | "credentials_changed"
  | "account_disabled"
  | "session_limit"
  | "administrator";

/** A typed e-mail address. The setting `auditEmails` decides which of the two members is written. */
export type AuditedEmail = { readonly email?: string; readonly emailHash: string };

type AccountEvent<Name> = { readonly event: Name; readonly userId: UserId };

/** An event that a person may have to reconstruct later (G2). docs/audit-events.md says when each event is written. */
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

/** The cause of a failed login. Only the log contains the cause; the client always gets `invalid_credentials`. */
export type LoginFailure =
  | "unknown_account"
  | "wrong_password"
  | "malformed_digest"
  | "account_disabled"
  | "changed_meanwhile";

/** A route with limits. */
export type ThrottledRoute = "login" | "register" | "refresh" | "password";

/**
 * The limit that was reached: of an account, of the known devices of an account, of a network address, of an account from one
 * network address, of responses `account_exists`, or of successful logins of an account.
 */
export type ThrottleLimit = "account" | "device" | "address" | "account_address" | "known_accounts" | "logins";

/** The name of an event. */
export type AuditEventName = AuditEvent["event"];
type AuditEventNamed<Name extends AuditEventName> = Extract<AuditEvent, { readonly event: Name }>;
/** The fields of one kind of event, without its name. */
export type AuditFields<Name extends AuditEventName> = Omit<AuditEventNamed<Name>, "event">;

/** Writes one event to the audit log. */
export type Audit = (event: AuditEvent, caller: Caller) => void;

/**
 * The fields that a line may contain beside `time`, `event` and the caller (G1). A type does not remove the additional members
 * of an object, which may contain a secret. So a field is only written if this list contains it.
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
