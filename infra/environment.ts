import type { Settings } from "./settings.ts";

/** How long verifiers may keep our public keys: no key signs before it has been public for longer (checklist K2). */
const VERIFIER_CACHE_SECONDS = 7200;

/**
 * The settings as the functions read them. A function is given only the variables its spec names.
 * @param siteUrl the origin of our own pages, if they have one beside the API's
 */
export const environmentOf = (settings: Settings, issuer: string, siteUrl?: string) => ({
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
  FEED_MAX_STALENESS_SECONDS: String(settings.feedMaxStalenessSeconds),
  FEED_WHEN_UNREADABLE: settings.feedWhenUnreadable,
  /** Any token of ours may call; APIs that need more deploy an authorizer of their own. */
  REQUIRED_SCOPES: "",
  REGISTRATION: settings.registration,
  PASSWORD_MIN_LENGTH: String(settings.passwordMinLength),
  ALLOWED_ORIGINS: [...new Set([...settings.allowedOrigins, ...(siteUrl === undefined ? [] : [siteUrl])])].join(" "),
  FREE_FAILURES: String(settings.freeFailures),
  FIRST_DELAY_SECONDS: String(settings.firstDelaySeconds),
  LONGEST_DELAY_SECONDS: String(settings.longestDelaySeconds),
  MOST_FAILURES: String(settings.mostFailures),
  LOGIN_FAILURES_PER_ACCOUNT_AND_ADDRESS: String(settings.loginFailuresPerAccountAndAddress),
  LOGIN_FAILURES_PER_ADDRESS: String(settings.loginFailuresPerAddress),
  REGISTRATIONS_PER_ADDRESS: String(settings.registrationsPerAddress),
  KNOWN_ACCOUNTS_PER_ADDRESS: String(settings.knownAccountsPerAddress),
  REFRESH_FAILURES_PER_ADDRESS: String(settings.refreshFailuresPerAddress),
  BREACH_LOOKUP_URL: settings.breachLookupUrl ?? "",
  AUDIT_EMAILS: settings.auditEmails,
  METRICS_NAMESPACE: metricsNamespace(settings),
});

/** Where the metrics of this deployment stand in CloudWatch, apart from those of another stage. */
export const metricsNamespace = ({ stage }: Settings): string => `Latchkey/${stage}`;

export type Environment = ReturnType<typeof environmentOf>;
