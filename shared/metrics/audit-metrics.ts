import type { AuditEvent } from "../audit/audit.ts";
import type { Metric } from "./publish-metrics.ts";

/** Returns the metrics of an event. `durationMs`: the duration of the request so far, in milliseconds. */
export const toMetrics = (event: AuditEvent, durationMs: number | undefined): readonly Metric[] => {
  switch (event.event) {
    case "account_registered":
      return [one("Registrations")];
    case "login_succeeded":
      return [one("LoginAttempts"), one("LoginSuccesses"), ...duration("LoginDuration", durationMs)];
    case "login_failed":
      return [one("LoginAttempts"), one("LoginFailures", ["reason"]), ...duration("LoginDuration", durationMs)];
    case "session_refreshed":
      return [
        one("Refreshes"),
        ...(event.replayed ? [one("RefreshReplays")] : []),
        ...duration("RefreshDuration", durationMs),
      ];
    case "refresh_rejected":
      return [one("RefreshRejections", ["reason"])];
    case "refresh_token_reused":
      return [one("RefreshTokenReuses"), one("SessionsRevoked")];
    case "session_revoked":
      return [one("SessionsRevoked", ["reason"])];
    case "password_changed":
      return [one("PasswordChanges")];
    case "password_change_failed":
      return [one("PasswordChangeFailures")];
    case "request_throttled":
      return [one("Throttled", ["route", "limit"])];
    case "locked_out":
      return [one("LockOuts", ["route"])];
    case "account_disabled":
    case "account_enabled":
    case "account_deleted":
      return [];
  }
};

const one = (name: string, by?: readonly string[]): Metric => ({
  name,
  unit: "Count",
  value: 1,
  ...(by === undefined ? {} : { by }),
});

const duration = (name: string, durationMs: number | undefined): readonly Metric[] =>
  durationMs === undefined ? [] : [{ name, unit: "Milliseconds", value: durationMs }];
