import type { SessionId, UserId } from "../ids.ts";
import { type Clock, toRfc3339 } from "../time.ts";

/** Who is asking, as API Gateway saw it: never what a header claims (B3). */
export type Caller = { readonly requestId: string; readonly ip: string; readonly userAgent: string };

export type RevokedReason =
  | "logout"
  | "logout_all"
  | "revoked_by_user"
  | "token_reuse"
  | "credentials_changed"
  | "account_disabled"
  | "session_limit"
  | "administrator";

/** What happened that a person may have to reconstruct later (G2). Fields are listed, so a secret cannot slip in (G1). */
export type AuditEvent =
  | { readonly event: "account_registered"; readonly userId: UserId }
  | { readonly event: "login_succeeded"; readonly userId: UserId; readonly sessionId: SessionId }
  | { readonly event: "login_failed"; readonly userId?: UserId; readonly reason: LoginFailure }
  | {
      readonly event: "session_refreshed";
      readonly userId: UserId;
      readonly sessionId: SessionId;
      readonly replayed: boolean;
    }
  | {
      readonly event: "refresh_refused";
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
  | { readonly event: "account_disabled" | "account_enabled" | "account_deleted"; readonly userId: UserId }
  | { readonly event: "refresh_token_reused"; readonly userId: UserId; readonly sessionId: SessionId }
  | {
      readonly event: "session_revoked";
      readonly userId: UserId;
      readonly sessionId: SessionId;
      readonly reason: RevokedReason;
    };

export type LoginFailure =
  | "unknown_account"
  | "wrong_password"
  | "malformed_digest"
  | "account_disabled"
  | "changed_meanwhile";

export type Audit = (event: AuditEvent, caller: Caller) => void;

const MAX_USER_AGENT = 256;

/** One line of JSON an event. JSON escapes line breaks, so no input can forge a second line (G3). */
export const createAudit =
  (clock: Clock, write: (line: string) => void = (line) => process.stdout.write(line)): Audit =>
  (event, { requestId, ip, userAgent }) =>
    write(
      `${JSON.stringify({ time: toRfc3339(clock()), ...event, requestId, ip, userAgent: userAgent.slice(0, MAX_USER_AGENT) })}\n`,
    );
