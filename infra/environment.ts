import type { Settings } from "./settings.ts";

/** How long verifiers may keep our public keys: no key signs before it has been public for longer (checklist K2). */
const VERIFIER_CACHE_SECONDS = 7200;

/**
 * The settings as the functions read them. A function is given only the variables its spec names.
 * @param siteUrl the origin of our own pages, if they have one beside the API's
 */
export const toEnvironment = (settings: Settings, issuer: string, siteUrl?: string) => ({
  ISSUER: issuer,
  AUDIENCES: settings.audiences.join(" "),
  CLIENT_ID: settings.clientId,
  SCOPES: settings.scopes.join(" "),
  SERVICE_NAME: settings.serviceName,
  ACCESS_TOKEN_SECONDS: String(settings.accessTokenSeconds),
  REFRESH_TOKEN_SECONDS: String(settings.refreshTokenSeconds),
  ABSOLUTE_SESSION_SECONDS: String(settings.absoluteSessionSeconds),
  COOKIE_IDLE_SECONDS: String(settings.cookieIdleSeconds),
  REPLAY_WINDOW_SECONDS: String(settings.replayWindowSeconds),
  CLOCK_TOLERANCE_SECONDS: String(settings.clockToleranceSeconds),
  SIGNING_ALGORITHM: settings.signingAlgorithm,
  ROTATION_PERIOD_SECONDS: String(settings.keyRotationSeconds),
  VERIFIER_CACHE_SECONDS: String(VERIFIER_CACHE_SECONDS),
  FEED_SHARDS: String(settings.feedShards),
  MAX_FEED_STALENESS_SECONDS: String(settings.maxFeedStalenessSeconds),
  FEED_WHEN_UNREADABLE: settings.feedWhenUnreadable,
  /** Any token of ours may call; APIs that need more deploy an authorizer of their own. */
  REQUIRED_SCOPES: "",
  REGISTRATION: settings.registration,
  MIN_PASSWORD_LENGTH: String(settings.minPasswordLength),
  ALLOWED_ORIGINS: [...new Set([...settings.allowedOrigins, ...(siteUrl === undefined ? [] : [siteUrl])])].join(" "),
  HSTS_INCLUDE_SUBDOMAINS: settings.hstsIncludeSubDomains,
  FAILURES_BEFORE_BACKOFF: String(settings.failuresBeforeBackoff),
  INITIAL_BACKOFF_SECONDS: String(settings.initialBackoffSeconds),
  MAX_BACKOFF_SECONDS: String(settings.maxBackoffSeconds),
  MAX_CONSECUTIVE_FAILURES: String(settings.maxConsecutiveFailures),
  LOGIN_FAILURES_PER_ACCOUNT_AND_ADDRESS_PER_MINUTE: String(settings.loginFailuresPerAccountAndAddressPerMinute),
  LOGIN_FAILURES_PER_ADDRESS_PER_MINUTE: String(settings.loginFailuresPerAddressPerMinute),
  MAX_LOGINS_PER_ACCOUNT_PER_HOUR: String(settings.maxLoginsPerAccountPerHour),
  REGISTRATIONS_PER_ADDRESS_PER_MINUTE: String(settings.registrationsPerAddressPerMinute),
  KNOWN_ACCOUNTS_PER_ADDRESS_PER_HOUR: String(settings.knownAccountsPerAddressPerHour),
  REFRESH_FAILURES_PER_ADDRESS_PER_MINUTE: String(settings.refreshFailuresPerAddressPerMinute),
  BREACH_LOOKUP_URL: settings.breachLookupUrl ?? "",
  AUDIT_EMAILS: settings.auditEmails,
  METRICS_NAMESPACE: metricsNamespace(settings),
});

/** Where the metrics of this deployment stand in CloudWatch, apart from those of another stage. */
export const metricsNamespace = ({ stage }: Settings): string => `Latchkey/${stage}`;

export type Environment = ReturnType<typeof toEnvironment>;
