/**
 * A variable that holds a setting of the operator, or a value that follows from the settings. The stack sets it for the functions
 * that read it.
 */
export type SettingVariable =
  | "ISSUER"
  | "AUDIENCES"
  | "CLIENT_ID"
  | "SCOPES"
  | "SERVICE_NAME"
  | "ACCESS_TOKEN_SECONDS"
  | "REFRESH_TOKEN_SECONDS"
  | "ABSOLUTE_SESSION_SECONDS"
  | "COOKIE_IDLE_SECONDS"
  | "REPLAY_WINDOW_SECONDS"
  | "CLOCK_TOLERANCE_SECONDS"
  | "SIGNING_ALGORITHM"
  | "ROTATION_PERIOD_SECONDS"
  | "VERIFIER_CACHE_SECONDS"
  | "FEED_SHARDS"
  | "MAX_FEED_STALENESS_SECONDS"
  | "FEED_WHEN_UNREADABLE"
  | "REQUIRED_SCOPES"
  | "REGISTRATION"
  | "MIN_PASSWORD_LENGTH"
  | "ALLOWED_ORIGINS"
  | "HSTS_INCLUDE_SUBDOMAINS"
  | "FAILURES_BEFORE_BACKOFF"
  | "INITIAL_BACKOFF_SECONDS"
  | "MAX_BACKOFF_SECONDS"
  | "MAX_CONSECUTIVE_FAILURES"
  | "LOGIN_FAILURES_PER_ACCOUNT_AND_ADDRESS_PER_MINUTE"
  | "LOGIN_FAILURES_PER_ADDRESS_PER_MINUTE"
  | "MAX_LOGINS_PER_ACCOUNT_PER_HOUR"
  | "REGISTRATIONS_PER_ADDRESS_PER_MINUTE"
  | "KNOWN_ACCOUNTS_PER_ADDRESS_PER_HOUR"
  | "REFRESH_FAILURES_PER_ADDRESS_PER_MINUTE"
  | "BREACH_LOOKUP_URL"
  | "AUDIT_EMAILS"
  | "METRICS_NAMESPACE";

/** A variable that names a table or a secret. `ORIGIN_SECRET_ID` is not set without a CDN. */
export type StoreVariable =
  | "USERS_TABLE"
  | "SESSIONS_TABLE"
  | "THROTTLE_TABLE"
  | "KEYS_TABLE"
  | "KEY_RING_SECRET_ID"
  | "ORIGIN_SECRET_ID";

/** A variable of the authorizers only: the `RevocationMode`, and the id of the API that the service itself serves. */
type AuthorizerVariable = "REVOCATION_MODE" | "OWN_API_ID";

/**
 * The milliseconds of one attempt of a call to AWS. The stack never sets the variable. `npm start` sets it, because a developer's
 * machine may be slow.
 */
type LocalVariable = "CALL_ATTEMPT_MS";

/** The environment variables that functions read (`shared/wiring/environment.ts`). The stack sets no other (`infra/environment.ts`). */
export type EnvironmentVariable = SettingVariable | StoreVariable | AuthorizerVariable | LocalVariable;
