import type { SettingVariable } from "../shared/contract/environment.ts";
import type { Settings } from "./settings.ts";

/** The environment variables that hold settings, and values that follow from settings. */
export type Environment = Readonly<Record<SettingVariable, string>>;

/** How long verifiers may keep a copy of the public keys. A key signs only after it has been public for longer (K2). */
const VERIFIER_CACHE_SECONDS = 7200;

/**
 * Returns the settings as environment variables. A function gets only the variables that its `FunctionSpec` names.
 * @param siteUrl the origin of the stack's own pages. It becomes an allowed origin. @default the stack has no pages
 */
export const toEnvironment = (settings: Settings, issuer: string, siteUrl?: string): Environment => ({
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
  // Every access token of the service is accepted. An API that needs a scope deploys its own authorizer.
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

/** Returns the namespace of the metrics in CloudWatch. Each stage has its own. */
export const metricsNamespace = ({ stage }: Settings): string => `Latchkey/${stage}`;
