import type { AuditEvent, AuditEventName } from "../../shared/audit/audit.ts";
import type { SessionId, UserId } from "../../shared/ids.ts";

const user = { userId: "user-1" as UserId };
const session = { ...user, sessionId: "session-1" as SessionId };
const email = { email: "jane@example.com", emailHash: "hash" };
const login = { route: "login", retryAfterSeconds: 30, ...email } as const;

/** One event of every kind. The compiler checks that no kind is missing. */
const events: { readonly [Name in AuditEventName]: Extract<AuditEvent, { readonly event: Name }> } = {
  account_registered: { event: "account_registered", ...user, ...email },
  login_succeeded: { event: "login_succeeded", ...session, ...email },
  login_failed: { event: "login_failed", ...user, ...email, reason: "wrong_password" },
  session_refreshed: { event: "session_refreshed", ...session, replayed: true },
  refresh_rejected: { event: "refresh_rejected", ...session, reason: "expired" },
  password_changed: { event: "password_changed", ...session },
  password_change_failed: { event: "password_change_failed", ...session, reason: "wrong_password" },
  account_disabled: { event: "account_disabled", ...user },
  account_enabled: { event: "account_enabled", ...user },
  account_deleted: { event: "account_deleted", ...user },
  refresh_token_reused: { event: "refresh_token_reused", ...session },
  session_revoked: { event: "session_revoked", ...session, reason: "logout" },
  request_throttled: { event: "request_throttled", ...user, ...login, limit: "account" },
  locked_out: { event: "locked_out", ...user, ...login, failures: 10 },
};

export const anEventOfEach: readonly AuditEvent[] = Object.values(events);
