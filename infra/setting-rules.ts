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

/** A rule between settings: the setting to change, and a function that returns what is allowed if the settings break the rule. */
type Rule = readonly [SettingName, (settings: Settings) => string | false];

type NumberName = { [Name in SettingName]: Settings[Name] extends number ? Name : never }[SettingName];

const atLeast = (name: NumberName, other: NumberName): Rule => [
  name,
  (settings) => settings[name] < settings[other] && `no less than ${other} (${settings[other]})`,
];

const onlyWithPages = (name: SettingName): Rule => [
  name,
  (settings) =>
    settings.webDistribution === "off" && settings[name] !== undefined && "nothing while webDistribution is off",
];

/** What must hold between settings. `parseSettings` reports every rule that is broken. */
export const RULES: readonly Rule[] = [
  atLeast("cookieIdleSeconds", "accessTokenSeconds"),
  atLeast("refreshTokenSeconds", "cookieIdleSeconds"),
  atLeast("absoluteSessionSeconds", "refreshTokenSeconds"),
  [
    // Otherwise keys are removed before the last cookie session that uses them ends.
    "refreshTokenSeconds",
    ({ accessTokenSeconds, cookieIdleSeconds, refreshTokenSeconds }) => {
      const sum = cookieIdleSeconds + accessTokenSeconds;
      const isBroken = refreshTokenSeconds >= cookieIdleSeconds && refreshTokenSeconds < sum;
      return isBroken && `no less than cookieIdleSeconds + accessTokenSeconds (${sum})`;
    },
  ],
  [
    "maxLoginsPerAccountPerHour",
    ({ maxLoginsPerAccountPerHour, refreshTokenSeconds }) => {
      const max = Math.floor((MAX_SESSION_ROWS_PER_USER * 3600) / refreshTokenSeconds);
      return (
        maxLoginsPerAccountPerHour > max && `no more than ${max} where refreshTokenSeconds is ${refreshTokenSeconds}`
      );
    },
  ],
  [
    "keyRotationSeconds",
    ({ keyRotationSeconds, refreshTokenSeconds, absoluteSessionSeconds }) => {
      const life = Math.min(refreshTokenSeconds, absoluteSessionSeconds);
      return (
        keyRotationSeconds < life / MAX_ROTATIONS_PER_REFRESH_TOKEN &&
        `no less than a ${MAX_ROTATIONS_PER_REFRESH_TOKEN}th of the life of a refresh token (${life}), whose keys must be kept`
      );
    },
  ],
  [
    "replayWindowSeconds",
    ({ replayWindowSeconds, accessTokenSeconds }) =>
      replayWindowSeconds >= accessTokenSeconds && `less than accessTokenSeconds (${accessTokenSeconds})`,
  ],
  [
    "scopes",
    ({ audiences, clientId, scopes }) => {
      const length = JSON.stringify(audiences).length + JSON.stringify(clientId).length - 2 + scopes.join(" ").length;
      return (
        length > MAX_TOKEN_TEXT &&
        `with audiences and clientId no more than ${MAX_TOKEN_TEXT} characters (${length}), or a token does not fit into a cookie`
      );
    },
  ],
  [
    "domainName",
    ({ domainName, certificateArn }) =>
      domainName === undefined && certificateArn !== undefined && "the host name that certificateArn is for",
  ],
  [
    "certificateArn",
    ({ domainName, certificateArn }) =>
      domainName !== undefined && certificateArn === undefined && `the certificate of ${domainName}`,
  ],
  [
    "webDistribution",
    ({ stage, domainName, webDistribution }) =>
      webDistribution === "on" &&
      stage === "prod" &&
      domainName === undefined &&
      "off in stage prod without domainName: CloudFront's own name also speaks TLS 1.0 and 1.1",
  ],
  onlyWithPages("domainName"),
  onlyWithPages("certificateArn"),
  onlyWithPages("distributionWebAclArn"),
  [
    "alarmEmail",
    ({ alarmEmail, alarmTopicArn }) =>
      alarmEmail !== undefined &&
      alarmTopicArn !== undefined &&
      "nothing beside alarmTopicArn: subscribe the mailbox there",
  ],
  atLeast("maxConsecutiveFailures", "failuresBeforeBackoff"),
  atLeast("maxBackoffSeconds", "initialBackoffSeconds"),
];
