/** The value of the dimension `service`, which every metric of the functions has. */
export const METRICS_SERVICE = "latchkey";

/** A metric that the functions write. docs/audit-events.md says what each one counts. */
export type MetricName =
  | "AuthorizerAllowed"
  | "AuthorizerDenied"
  | "AuthorizerDuration"
  | "AuthorizerFaults"
  | "AuthorizerRejected"
  | "BreachLookupFailures"
  | "FeedAge"
  | "FeedUnreadable"
  | "KeyAge"
  | "LockOuts"
  | "LoginAttempts"
  | "LoginDuration"
  | "LoginFailures"
  | "LoginSuccesses"
  | "PasswordChangeFailures"
  | "PasswordChanges"
  | "RefreshDuration"
  | "RefreshRejections"
  | "RefreshReplays"
  | "RefreshTokenReuses"
  | "Refreshes"
  | "Registrations"
  | "SessionsRevoked"
  | "Throttled";
