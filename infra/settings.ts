import * as z from "zod";
import {
  AUDIT_EMAIL_MODES,
  FEED_FALLBACKS,
  REGISTRATION_MODES,
  REVOCATION_MODES,
  SWITCH,
} from "../shared/contract/modes.ts";
import { SIGNING_ALGORITHMS } from "../shared/contract/signing-algorithms.ts";
import {
  certificateArn,
  choice,
  displayName,
  distributionWebAclArn,
  hostName,
  identifier,
  issuerUrl,
  list,
  mailbox,
  origin,
  rangeUrl,
  requestHeader,
  scopeToken,
  topicArn,
  whole,
} from "./setting-kinds.ts";

const DAY = 86_400;

/**
 * The settings of an operator: `npm run deploy -- -c stage=prod -c accessTokenSeconds=600`, or `context` in cdk.json. Names have the
 * unit, and the window if there is one.
 */
export const settingsSchema = z.strictObject({
  /** `prod` keeps data when the stack is deleted: retained tables, point-in-time recovery, deletion protection. @default dev */
  stage: choice(["dev", "prod"]).default("dev"),
  /**
   * The sign-in and account pages, on one origin with the API behind CloudFront.
   * @default on; off in `prod` without a domainName, because CloudFront's own name also accepts TLS 1.0 and 1.1
   */
  webDistribution: choice(SWITCH).optional(),
  /** The host name of the pages. @default the host name that CloudFront assigns */
  domainName: hostName.optional(),
  /** The ARN of the certificate of `domainName` in AWS Certificate Manager. CloudFront uses certificates of us-east-1 only. */
  certificateArn: certificateArn.optional(),
  /** AWS WAF with managed rules of AWS and a limit by address, before the stage of the API. @default off */
  waf: choice(SWITCH).default("off"),
  /** The ARN of the operator's own web ACL of scope CLOUDFRONT, before the CDN. @default none */
  distributionWebAclArn: distributionWebAclArn.optional(),
  /**
   * Whether browsers that have seen the service use HTTPS for every host below its host too, for two years
   * (`includeSubDomains`, RFC 6797 6.1.2). They then cannot reach a host below that has no HTTPS.
   * @default off
   */
  hstsIncludeSubDomains: choice(SWITCH).default("off"),
  /** `iss` of every token, and the place of discovery. @default the domainName, or else the invoke URL of the API */
  issuer: issuerUrl.optional(),
  /** `aud` of access tokens. The authorizer accepts a token with any of them. @default latchkey */
  audiences: list(identifier, 1).default(["latchkey"]),
  /** `client_id` of access tokens (RFC 9068 2.2). @default latchkey */
  clientId: identifier.default("latchkey"),
  /** `scope` of access tokens. @default account */
  scopes: list(scopeToken, 1).default(["account"]),
  /** The name of the service for users. A password must not consist of it. @default Latchkey */
  serviceName: displayName.default("Latchkey"),
  /**
   * Origins whose pages may call the API. Pages of the web may use a session in cookies. Apps (`capacitor://localhost`) may use
   * bearer tokens only.
   * @default none
   */
  allowedOrigins: list(origin, 0).default([]),
  /**
   * Request headers that pages of the allowed origins may send besides the headers that the API reads, such as `traceparent`. The
   * API ignores them.
   * @default none
   */
  allowedRequestHeaders: list(requestHeader, 0).default([]),
  /** The algorithm of access tokens. Every verifier accepts RS256, API Gateway's own included. @default RS256 */
  signingAlgorithm: choice(SIGNING_ALGORITHMS).default("RS256"),
  /** How long a key signs before the next key replaces it. @default 2592000 */
  keyRotationSeconds: whole("seconds", 3600, 366 * DAY).default(30 * DAY),
  /** Whether anybody may create an account. @default open */
  registration: choice(REGISTRATION_MODES).default("open"),
  /** The least length of a password, in code points (NIST SP 800-63B-4 3.1.1.2). @default 15 */
  minPasswordLength: whole("characters", 8, 64).default(15),
  /** How the service's own routes learn of a revoked session: not before its token expires, within seconds, or at once. @default lookup */
  revocationMode: choice(REVOCATION_MODES).default("lookup"),
  /** `feed` authorizers: how old their copy of the revocations may be. @default 5 */
  maxFeedStalenessSeconds: whole("seconds", 1, 60).default(5),
  /** `feed` authorizers: whether they reject or accept valid tokens while the feed cannot be read for longer than that. @default closed */
  feedWhenUnreadable: choice(FEED_FALLBACKS).default("closed"),
  /** The number of partitions of one day of revocations. Read docs/revocation.md before a change. @default 1 */
  feedShards: whole("shards", 1, 100).default(1),
  /** The lifetime of an access token. @default 900 */
  accessTokenSeconds: whole("seconds", 60, 900).default(900),
  /** The lifetime of a refresh token, counted from the last refresh. @default 604800 */
  refreshTokenSeconds: whole("seconds", 60, 365 * DAY).default(7 * DAY),
  /** The lifetime of a session, counted from login. No refresh extends it. @default 2592000 */
  absoluteSessionSeconds: whole("seconds", 60, 365 * DAY).default(30 * DAY),
  /** How long a session in cookies lasts without any request. It may last up to accessTokenSeconds longer. @default 1800 */
  cookieIdleSeconds: whole("seconds", 60, 365 * DAY).default(1800),
  /** How long a rotated-away refresh token gets the same response again without its Idempotency-Key. @default 30 */
  replayWindowSeconds: whole("seconds", 0, 300).default(30),
  /** How far clocks may differ. @default 5 */
  clockToleranceSeconds: whole("seconds", 0, 60).default(5),
  /** Consecutive wrong passwords for one account before the first delay. @default 10 */
  failuresBeforeBackoff: whole("failures", 1, 100).default(10),
  /** The first delay. Each further failure doubles the delay. @default 30 */
  initialBackoffSeconds: whole("seconds", 1, 3600).default(30),
  /** The longest delay. @default 3600 */
  maxBackoffSeconds: whole("seconds", 1, DAY).default(3600),
  /** Consecutive wrong passwords after which only a known device may log in. NIST SP 800-63B-4 3.2.2 allows at most 100. @default 100 */
  maxConsecutiveFailures: whole("failures", 1, 100).default(100),
  // A row of the Throttle table names each attempt that it counts, so the next five have a maximum of 1000.
  /** Failed logins in a minute for one account from one network address. @default 5 */
  loginFailuresPerAccountAndAddressPerMinute: whole("failures", 1, 1000).default(5),
  /** Failed logins in a minute from one network address (IPv6: /64). @default 50 */
  loginFailuresPerAddressPerMinute: whole("failures", 1, 1000).default(50),
  /** Successful logins in an hour for one account. @default 300 */
  maxLoginsPerAccountPerHour: whole("logins", 1, 1000).default(300),
  /** Registrations in a minute from one network address. @default 60 */
  registrationsPerAddressPerMinute: whole("registrations", 1, 1000).default(60),
  /** Responses in an hour that tell one network address that an account exists. @default 100 */
  knownAccountsPerAddressPerHour: whole("responses", 1, 1000).default(100),
  /** Rejected refreshes in a minute from one network address, in each execution environment of the function. @default 300 */
  refreshFailuresPerAddressPerMinute: whole("refreshes", 1, 100_000).default(300),
  /** Logins in a second from all callers together. A burst may be twice as large, here and for the next three. @default 50 */
  loginsPerSecond: whole("requests", 1, 10_000).default(50),
  /** Registrations in a second from all callers together. @default 20 */
  registrationsPerSecond: whole("requests", 1, 10_000).default(20),
  /** Refreshes in a second from all callers together. @default 500 */
  refreshesPerSecond: whole("requests", 1, 10_000).default(500),
  /** Password changes in a second from all callers together. @default 20 */
  passwordChangesPerSecond: whole("requests", 1, 10_000).default(20),
  /** How the audit log shows e-mail addresses: as typed, as a keyed hash, or not at all. @default hash */
  auditEmails: choice(AUDIT_EMAIL_MODES).default("hash"),
  /**
   * A range API that knows breached passwords. It receives 20 bits of a hash of each new password. Five hexadecimal digits are
   * appended to the URL: https://api.pwnedpasswords.com/range/.
   * @default none
   */
  breachLookupUrl: rangeUrl.optional(),
  /** The ARN of an SNS topic that receives alarms. @default none */
  alarmTopicArn: topicArn.optional(),
  /** A mailbox that receives alarms. The stack makes the topic. @default none */
  alarmEmail: mailbox.optional(),
});

/** The name of a setting. */
export type SettingName = keyof typeof settingsSchema.shape;

/** The settings of one deployment, checked and complete: see the properties of `settingsSchema`. */
export type Settings = Readonly<z.infer<typeof settingsSchema>> & { readonly webDistribution: (typeof SWITCH)[number] };
