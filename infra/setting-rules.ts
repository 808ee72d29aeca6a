import { MAX_ROTATIONS_PER_REFRESH_TOKEN } from "../shared/contract/key-limits.ts";
import type { SettingName, Settings } from "./settings.ts";

/**
 * The rows that the logins of one user may leave until TTL deletes them. A row has about 3 KB, so they stay below the 10 GB that
 * DynamoDB allows for one user, because the table has a local index.
 */
const MAX_SESSION_ROWS_PER_USER = 3_000_000;

/**
 * The characters that `audiences`, `clientId` and `scopes` may have together in a token. With an issuer of 261 characters
 * (`https://` and the longest host name) and 20 roles of 64 an access token then fits into a cookie of 4 096 bytes.
 */
const MAX_TOKEN_TEXT = 850;

/** A rule between settings. If it does not hold, `name` is the setting to change, and `allowed` completes "allowed: …". */
type Rule = {
  readonly name: SettingName;
  readonly holds: (settings: Settings) => boolean;
  readonly allowed: (settings: Settings) => string;
};

const rule = (name: SettingName, holds: Rule["holds"], allowed: Rule["allowed"]): Rule => ({ name, holds, allowed });

type NumberName = { [Name in SettingName]: Settings[Name] extends number ? Name : never }[SettingName];

const atLeast = (name: NumberName, other: NumberName): Rule =>
  rule(
    name,
    (s) => s[name] >= s[other],
    (s) => `no less than ${other} (${s[other]})`,
  );

const onlyWithPages = (name: SettingName): Rule =>
  rule(
    name,
    (s) => s.webDistribution === "on" || s[name] === undefined,
    () => "nothing while webDistribution is off",
  );

/** How long a session in cookies may last without a request. */
const cookieSessionSeconds = (s: Settings): number => s.cookieIdleSeconds + s.accessTokenSeconds;

const refreshTokenLife = (s: Settings): number => Math.min(s.refreshTokenSeconds, s.absoluteSessionSeconds);

const maxLoginsPerHour = (s: Settings): number =>
  Math.floor((MAX_SESSION_ROWS_PER_USER * 3600) / s.refreshTokenSeconds);

const tokenText = ({ audiences, clientId, scopes }: Settings): number =>
  JSON.stringify(audiences).length + JSON.stringify(clientId).length - 2 + scopes.join(" ").length;

/** What must hold between settings. `parseSettings` reports every rule that does not hold. */
export const RULES: readonly Rule[] = [
  atLeast("cookieIdleSeconds", "accessTokenSeconds"),
  atLeast("refreshTokenSeconds", "cookieIdleSeconds"),
  atLeast("absoluteSessionSeconds", "refreshTokenSeconds"),
  rule(
    // Otherwise a key could be removed before the last session in cookies that uses the key ends.
    "refreshTokenSeconds",
    (s) => s.refreshTokenSeconds < s.cookieIdleSeconds || s.refreshTokenSeconds >= cookieSessionSeconds(s),
    (s) => `no less than cookieIdleSeconds + accessTokenSeconds (${cookieSessionSeconds(s)})`,
  ),
  rule(
    "maxLoginsPerAccountPerHour",
    (s) => s.maxLoginsPerAccountPerHour <= maxLoginsPerHour(s),
    (s) => `no more than ${maxLoginsPerHour(s)} where refreshTokenSeconds is ${s.refreshTokenSeconds}`,
  ),
  rule(
    "keyRotationSeconds",
    (s) => s.keyRotationSeconds >= refreshTokenLife(s) / MAX_ROTATIONS_PER_REFRESH_TOKEN,
    (s) =>
      `no less than a ${MAX_ROTATIONS_PER_REFRESH_TOKEN}th of the life of a refresh token (${refreshTokenLife(s)}), whose keys must be kept`,
  ),
  rule(
    "replayWindowSeconds",
    (s) => s.replayWindowSeconds < s.accessTokenSeconds,
    (s) => `less than accessTokenSeconds (${s.accessTokenSeconds})`,
  ),
  rule(
    "scopes",
    (s) => tokenText(s) <= MAX_TOKEN_TEXT,
    (s) =>
      `with audiences and clientId no more than ${MAX_TOKEN_TEXT} characters (${tokenText(s)}), or a token does not fit into a cookie`,
  ),
  rule(
    "domainName",
    (s) => s.certificateArn === undefined || s.domainName !== undefined,
    () => "the host name that certificateArn is for",
  ),
  rule(
    "certificateArn",
    (s) => s.domainName === undefined || s.certificateArn !== undefined,
    (s) => `the certificate of ${s.domainName}`,
  ),
  rule(
    "webDistribution",
    (s) => s.webDistribution === "off" || s.stage === "dev" || s.domainName !== undefined,
    () => "off in stage prod without domainName: CloudFront's own name also speaks TLS 1.0 and 1.1",
  ),
  onlyWithPages("domainName"),
  onlyWithPages("certificateArn"),
  onlyWithPages("distributionWebAclArn"),
  rule(
    "alarmEmail",
    (s) => s.alarmEmail === undefined || s.alarmTopicArn === undefined,
    () => "nothing beside alarmTopicArn: subscribe the mailbox there",
  ),
  atLeast("maxConsecutiveFailures", "failuresBeforeBackoff"),
  atLeast("maxBackoffSeconds", "initialBackoffSeconds"),
];
