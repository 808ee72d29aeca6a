import { choice, issuerUrl, type Kind, list, origin, requestHeader, secureUrl, text, whole } from "./setting-kinds.ts";
import {
  certificateArn,
  distributionWebAclArn,
  hostName,
  type WebSettings,
  webContradictions,
} from "./web-settings.ts";

/** Everything an operator decides at deploy time: `cdk deploy -c stage=prod -c accessTokenSeconds=600 …`, or `context` in cdk.json. */
export type Settings = WebSettings & {
  /** `prod` keeps data when the stack goes: retained tables, point-in-time recovery, deletion protection. @default dev */
  readonly stage: "dev" | "prod";
  /** `iss` of every token, and where discovery is served. @default the domainName, else the invoke URL of the API */
  readonly issuer: string | undefined;
  /** `aud` of access tokens; the authorizer accepts any of them. @default latchkey */
  readonly audiences: readonly string[];
  /** `client_id` of access tokens (RFC 9068 2.2). @default latchkey */
  readonly clientId: string;
  /** `scope` of access tokens. @default account */
  readonly scopes: readonly string[];
  /** What users call the service; a password may not consist of it. @default Latchkey */
  readonly serviceName: string;
  /**
   * Origins whose pages may call the API. Pages of the web may use a session in cookies; apps (`capacitor://localhost`) may
   * use bearer tokens only.
   * @default none
   */
  readonly allowedOrigins: readonly string[];
  /**
   * Request headers that pages of the allowed origins may send beside those that the API reads, such as `traceparent`. The
   * API ignores them.
   * @default none
   */
  readonly allowedRequestHeaders: readonly string[];
  /** Signs access tokens. Only RS256 is accepted by every verifier, API Gateway's own included. @default RS256 */
  readonly signingAlgorithm: "RS256" | "ES256" | "EdDSA";
  /** How long a key signs before the next one takes over. @default 2592000 */
  readonly keyRotationSeconds: number;
  /** Whether anybody may create an account. @default open */
  readonly registration: "open" | "closed";
  /** Code points (NIST SP 800-63B-4 3.1.1.2). @default 15 */
  readonly minPasswordLength: number;
  /** How soon our own routes refuse a revoked session: with its token, within seconds, or at once. @default lookup */
  readonly revocationMode: "stateless" | "feed" | "lookup";
  /** `feed` authorizers: how old their knowledge of revocations may be. @default 5 */
  readonly maxFeedStalenessSeconds: number;
  /** `feed` authorizers: refuse or let pass while the feed cannot be read for longer than that. @default closed */
  readonly feedWhenUnreadable: "closed" | "open";
  /** Partitions that the day's revocations are spread over; see docs/revocation.md before changing it. @default 1 */
  readonly feedShards: number;
  /** @default 900 */
  readonly accessTokenSeconds: number;
  /** Sliding: counted from the last refresh. @default 604800 */
  readonly refreshTokenSeconds: number;
  /** Counted from login; no refresh goes beyond. @default 2592000 */
  readonly absoluteSessionSeconds: number;
  /** A session in cookies goes on for at least so long without any request, and at most accessTokenSeconds longer. @default 1800 */
  readonly cookieIdleSeconds: number;
  /** How long a rotated-away refresh token is answered again without its Idempotency-Key. @default 30 */
  readonly replayWindowSeconds: number;
  /** How far clocks may differ. @default 5 */
  readonly clockToleranceSeconds: number;
  /** Wrong passwords in a row for one account before the first wait. @default 10 */
  readonly failuresBeforeBackoff: number;
  /** The first wait; each further failure doubles it. @default 30 */
  readonly initialBackoffSeconds: number;
  /** @default 3600 */
  readonly maxBackoffSeconds: number;
  /** Wrong passwords in a row after which only a device that the account knows may try. @default 100 */
  readonly maxConsecutiveFailures: number;
  /** Failed logins a minute to one account from one network address. @default 5 */
  readonly loginFailuresPerAccountAndAddressPerMinute: number;
  /** Failed logins a minute from one network address (IPv6: /64). @default 50 */
  readonly loginFailuresPerAddressPerMinute: number;
  /** Successful logins an hour to one account. @default 300 */
  readonly maxLoginsPerAccountPerHour: number;
  /** Registrations a minute from one network address. @default 60 */
  readonly registrationsPerAddressPerMinute: number;
  /** How often an hour one network address is told that an account exists. @default 100 */
  readonly knownAccountsPerAddressPerHour: number;
  /** Refused refreshes a minute from one network address, in each instance of the function. @default 300 */
  readonly refreshFailuresPerAddressPerMinute: number;
  /** Requests a second to each route that computes or writes, from everybody together; twice as many at once. */
  readonly loginsPerSecond: number;
  readonly registrationsPerSecond: number;
  readonly refreshesPerSecond: number;
  readonly passwordChangesPerSecond: number;
  /** How the audit log names e-mail addresses: as they are, as a keyed hash, or not at all. @default hash */
  readonly auditEmails: "clear" | "hash" | "omit";
  /**
   * Asks a range API whether a new password was in a breach; it learns 20 bits of a hash of it. The URL ends where five
   * hexadecimal digits are appended: https://api.pwnedpasswords.com/range/. @default nobody is asked
   */
  readonly breachLookupUrl: string | undefined;
  /** An SNS topic that is told of alarms. @default none */
  readonly alarmTopicArn: string | undefined;
  /** Or a mailbox, for which the stack makes a topic. @default none */
  readonly alarmEmail: string | undefined;
};

/** Settings that cannot be deployed: one line for each problem, with the setting, what was given and what is allowed. */
export class SettingsError extends Error {
  override readonly name = "SettingsError";
}

const DAY = 86_400;
const printable = /^[\x21-\x7e]{1,128}$/;
const rangeUrl: Kind<string> = {
  allowed: "an https:// URL that ends with a slash or = (http:// for localhost)",
  parse: (given) => (secureUrl(given) !== undefined && /[/=]$/.test(String(given)) ? String(given) : undefined),
};
const topicArn = text(/^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}$/, "the ARN of a standard SNS topic");
const mailbox = text(/^[^\s@]{1,64}@[^\s@]+\.[^\s@]+$/, "an e-mail address");
const scopeToken = text(/^[\x21\x23-\x5b\x5d-\x7e]{1,64}$/, "a scope token (RFC 6749 3.3) of at most 64 characters");

/**
 * Takes CDK context as settings. Context that belongs to the CDK itself (`@aws-cdk/…`, `aws:…`, `cli-telemetry`) is passed
 * over; any other name that is not a setting is refused, so that a misspelt one cannot deploy its default.
 * @throws SettingsError
 */
export const parseSettings = (raw: Readonly<Record<string, unknown>>): Settings => {
  const problems: string[] = [];
  const known = new Set<string>();
  const read = <Value>(name: keyof Settings, kind: Kind<Value>, fallback: Value): Value => {
    known.add(name);
    const given = raw[name];
    if (given === undefined) return fallback;
    const value = kind.parse(given);
    if (value === undefined) problems.push(problem(name, given, kind.allowed));
    return value ?? fallback;
  };

  const stage = read("stage", choice("dev", "prod"), "dev");
  const domainName = read<string | undefined>("domainName", hostName, undefined);
  const settings: Settings = {
    stage,
    webDistribution: read(
      "webDistribution",
      choice("on", "off"),
      stage === "prod" && domainName === undefined ? "off" : "on",
    ),
    domainName,
    certificateArn: read<string | undefined>("certificateArn", certificateArn, undefined),
    waf: read("waf", choice("on", "off"), "off"),
    distributionWebAclArn: read<string | undefined>("distributionWebAclArn", distributionWebAclArn, undefined),
    hstsIncludeSubDomains: read("hstsIncludeSubDomains", choice("on", "off"), "off"),
    issuer: read<string | undefined>("issuer", issuerUrl, undefined),
    audiences: read("audiences", list(text(printable, "1 to 128 visible ASCII characters"), 1), ["latchkey"]),
    clientId: read("clientId", text(printable, "1 to 128 visible ASCII characters"), "latchkey"),
    scopes: read("scopes", list(scopeToken, 1), ["account"]),
    serviceName: read("serviceName", text(/^(?! )[^\p{C}]{1,64}(?<! )$/u, "1 to 64 printable characters"), "Latchkey"),
    allowedOrigins: read("allowedOrigins", list(origin, 0), []),
    allowedRequestHeaders: read("allowedRequestHeaders", list(requestHeader, 0), []),
    signingAlgorithm: read("signingAlgorithm", choice("RS256", "ES256", "EdDSA"), "RS256"),
    keyRotationSeconds: read("keyRotationSeconds", whole("seconds", 3600, 366 * DAY), 30 * DAY),
    registration: read("registration", choice("open", "closed"), "open"),
    minPasswordLength: read("minPasswordLength", whole("characters", 8, 64), 15),
    revocationMode: read("revocationMode", choice("stateless", "feed", "lookup"), "lookup"),
    maxFeedStalenessSeconds: read("maxFeedStalenessSeconds", whole("seconds", 1, 60), 5),
    feedWhenUnreadable: read("feedWhenUnreadable", choice("closed", "open"), "closed"),
    feedShards: read("feedShards", whole("shards", 1, 100), 1),
    accessTokenSeconds: read("accessTokenSeconds", whole("seconds", 60, 900), 900),
    refreshTokenSeconds: read("refreshTokenSeconds", whole("seconds", 60, 365 * DAY), 7 * DAY),
    absoluteSessionSeconds: read("absoluteSessionSeconds", whole("seconds", 60, 365 * DAY), 30 * DAY),
    cookieIdleSeconds: read("cookieIdleSeconds", whole("seconds", 60, 365 * DAY), 1800),
    replayWindowSeconds: read("replayWindowSeconds", whole("seconds", 0, 300), 30),
    clockToleranceSeconds: read("clockToleranceSeconds", whole("seconds", 0, 60), 5),
    failuresBeforeBackoff: read("failuresBeforeBackoff", whole("failures", 1, 100), 10),
    initialBackoffSeconds: read("initialBackoffSeconds", whole("seconds", 1, 3600), 30),
    maxBackoffSeconds: read("maxBackoffSeconds", whole("seconds", 1, DAY), 3600),
    // NIST SP 800-63B-4 3.2.2 allows no more.
    maxConsecutiveFailures: read("maxConsecutiveFailures", whole("failures", 1, 100), 100),
    // A row of the Throttle table names each attempt that it counts.
    loginFailuresPerAccountAndAddressPerMinute: read(
      "loginFailuresPerAccountAndAddressPerMinute",
      whole("failures", 1, 1000),
      5,
    ),
    maxLoginsPerAccountPerHour: read("maxLoginsPerAccountPerHour", whole("logins", 1, 1000), 300),
    loginFailuresPerAddressPerMinute: read("loginFailuresPerAddressPerMinute", whole("failures", 1, 1000), 50),
    registrationsPerAddressPerMinute: read("registrationsPerAddressPerMinute", whole("registrations", 1, 1000), 60),
    knownAccountsPerAddressPerHour: read("knownAccountsPerAddressPerHour", whole("responses", 1, 1000), 100),
    refreshFailuresPerAddressPerMinute: read("refreshFailuresPerAddressPerMinute", whole("refreshes", 1, 100_000), 300),
    loginsPerSecond: read("loginsPerSecond", whole("requests", 1, 10_000), 50),
    registrationsPerSecond: read("registrationsPerSecond", whole("requests", 1, 10_000), 20),
    refreshesPerSecond: read("refreshesPerSecond", whole("requests", 1, 10_000), 500),
    passwordChangesPerSecond: read("passwordChangesPerSecond", whole("requests", 1, 10_000), 20),
    auditEmails: read("auditEmails", choice("clear", "hash", "omit"), "hash"),
    breachLookupUrl: read<string | undefined>("breachLookupUrl", rangeUrl, undefined),
    alarmTopicArn: read<string | undefined>("alarmTopicArn", topicArn, undefined),
    alarmEmail: read<string | undefined>("alarmEmail", mailbox, undefined),
  };

  for (const name of Object.keys(raw)) {
    if (looksLikeSetting(name) && !known.has(name)) {
      problems.push(`Setting ${name}: there is no such setting, allowed: ${[...known].join(", ")}`);
    }
  }
  // Comparing the defaults that stand in for malformed values would only add confusing lines.
  if (problems.length === 0) problems.push(...contradictions(settings));
  if (problems.length > 0) throw new SettingsError(problems.join("\n"));
  return settings;
};

/** The secret that holds the keys has room for some more (`shared/keys/key-policy.ts`). */
const MAX_KEPT_KEYS = 190;

/** The rows that one user's logins may leave until TTL removes them: at 3 KB each they stay below DynamoDB's 10 GB for one user. */
const MAX_SESSION_ROWS_PER_USER = 3_000_000;

/**
 * What `audiences`, `clientId` and `scopes` may have together in a token, in characters. With an issuer of 261 characters
 * (`https://` and the longest host name) and 20 roles of 64 an access token then fits into a cookie of 4 096 bytes.
 */
const MAX_TOKEN_TEXT = 850;

/** access <= cookie idle <= refresh <= absolute; cookie idle + access <= refresh, or keys would go before the tokens; the replay window below the life of the token it protects; the back-off in order. */
const contradictions = (settings: Settings): string[] => {
  const ascending = [
    "accessTokenSeconds",
    "cookieIdleSeconds",
    "refreshTokenSeconds",
    "absoluteSessionSeconds",
  ] as const;
  const found: string[] = [];
  let shorter: (typeof ascending)[number] = "accessTokenSeconds";
  for (const longer of ascending) {
    if (settings[longer] < settings[shorter]) {
      found.push(problem(longer, settings[longer], `no less than ${shorter} (${settings[shorter]})`));
    }
    shorter = longer;
  }
  const cookieSessionSeconds = settings.cookieIdleSeconds + settings.accessTokenSeconds;
  if (found.length === 0 && settings.refreshTokenSeconds < cookieSessionSeconds) {
    const limit = `no less than cookieIdleSeconds + accessTokenSeconds (${cookieSessionSeconds})`;
    found.push(problem("refreshTokenSeconds", settings.refreshTokenSeconds, limit));
  }
  const maxLoginsPerHour = Math.floor((MAX_SESSION_ROWS_PER_USER * 3600) / settings.refreshTokenSeconds);
  if (settings.maxLoginsPerAccountPerHour > maxLoginsPerHour) {
    const limit = `no more than ${maxLoginsPerHour} where refreshTokenSeconds is ${settings.refreshTokenSeconds}`;
    found.push(problem("maxLoginsPerAccountPerHour", settings.maxLoginsPerAccountPerHour, limit));
  }
  const refreshTokenLife = Math.min(settings.refreshTokenSeconds, settings.absoluteSessionSeconds);
  if (settings.keyRotationSeconds < refreshTokenLife / MAX_KEPT_KEYS) {
    const limit = `no less than a ${MAX_KEPT_KEYS}th of the life of a refresh token (${refreshTokenLife}), whose keys must be kept`;
    found.push(problem("keyRotationSeconds", settings.keyRotationSeconds, limit));
  }
  if (settings.replayWindowSeconds >= settings.accessTokenSeconds) {
    const limit = `less than accessTokenSeconds (${settings.accessTokenSeconds})`;
    found.push(problem("replayWindowSeconds", settings.replayWindowSeconds, limit));
  }
  const { audiences, clientId, scopes } = settings;
  const tokenText = JSON.stringify(audiences).length + JSON.stringify(clientId).length - 2 + scopes.join(" ").length;
  if (tokenText > MAX_TOKEN_TEXT) {
    const limit = `with audiences and clientId no more than ${MAX_TOKEN_TEXT} characters (${tokenText}), or a token does not fit into a cookie`;
    found.push(problem("scopes", scopes, limit));
  }
  for (const { name, given, allowed } of webContradictions(settings)) found.push(problem(name, given, allowed));
  if (settings.alarmTopicArn !== undefined && settings.alarmEmail !== undefined) {
    found.push(problem("alarmEmail", settings.alarmEmail, "nothing beside alarmTopicArn: subscribe the mailbox there"));
  }
  for (const [less, more] of [
    ["failuresBeforeBackoff", "maxConsecutiveFailures"],
    ["initialBackoffSeconds", "maxBackoffSeconds"],
  ] as const) {
    if (settings[more] < settings[less]) {
      found.push(problem(more, settings[more], `no less than ${less} (${settings[less]})`));
    }
  }
  return found;
};

/** Our names are plain camel case; those of the CDK carry a colon, a slash, a hyphen or an @. */
const looksLikeSetting = (name: string): boolean => /^[A-Za-z][A-Za-z0-9]*$/.test(name);

const problem = (name: string, given: unknown, allowed: string): string => {
  const shown = (JSON.stringify(given) ?? String(given)).slice(0, 100).toWellFormed();
  return `Setting ${name}: given ${shown}, allowed: ${allowed}`;
};
