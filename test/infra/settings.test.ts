import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseSettings, SettingsError } from "../../infra/parse-settings.ts";

/** The lines that an operator reads. Empty if the settings can be deployed. */
const problems = (raw: Record<string, unknown>): string[] => {
  try {
    parseSettings(raw);
    return [];
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return error.message.split("\n");
  }
};

describe("settings", () => {
  it("are all in the README or in docs/operations.md", () => {
    const pages = ["README.md", "docs/operations.md"].map((page) =>
      readFileSync(new URL(`../../${page}`, import.meta.url), "utf8"),
    );
    const missing = Object.keys(parseSettings({})).filter((name) => !pages.join().includes(`\`${name}\``));
    expect(missing).toEqual([]);
  });

  it("have defaults that can be deployed", () => {
    expect(parseSettings({})).toEqual({
      stage: "dev",
      webDistribution: "on",
      domainName: undefined,
      certificateArn: undefined,
      waf: "off",
      distributionWebAclArn: undefined,
      hstsIncludeSubDomains: "off",
      issuer: undefined,
      audiences: ["latchkey"],
      clientId: "latchkey",
      scopes: ["account"],
      serviceName: "Latchkey",
      allowedOrigins: [],
      allowedRequestHeaders: [],
      signingAlgorithm: "RS256",
      keyRotationSeconds: 2_592_000,
      registration: "open",
      minPasswordLength: 15,
      revocationMode: "lookup",
      maxFeedStalenessSeconds: 5,
      feedWhenUnreadable: "closed",
      feedShards: 1,
      accessTokenSeconds: 900,
      refreshTokenSeconds: 604_800,
      absoluteSessionSeconds: 2_592_000,
      cookieIdleSeconds: 1800,
      replayWindowSeconds: 30,
      clockToleranceSeconds: 5,
      failuresBeforeBackoff: 10,
      initialBackoffSeconds: 30,
      maxBackoffSeconds: 3600,
      maxConsecutiveFailures: 100,
      loginFailuresPerAccountAndAddressPerMinute: 5,
      loginFailuresPerAddressPerMinute: 50,
      maxLoginsPerAccountPerHour: 300,
      registrationsPerAddressPerMinute: 60,
      knownAccountsPerAddressPerHour: 100,
      refreshFailuresPerAddressPerMinute: 300,
      loginsPerSecond: 50,
      registrationsPerSecond: 20,
      refreshesPerSecond: 500,
      passwordChangesPerSecond: 20,
      auditEmails: "hash",
      breachLookupUrl: undefined,
      alarmTopicArn: undefined,
      alarmEmail: undefined,
    });
  });

  it("are the same from the command line, where every value is text, and from cdk.json", () => {
    const text = {
      minPasswordLength: "8",
      audiences: "one,two",
      allowedOrigins: "https://a.example https://b.example",
    };
    const json = {
      minPasswordLength: 8,
      audiences: ["one", "two"],
      allowedOrigins: ["https://a.example", "https://b.example"],
    };
    expect(parseSettings(text)).toEqual(parseSettings(json));
  });

  it("ignore the context of the CDK", () => {
    const cdk = {
      "aws:cdk:enable-path-metadata": true,
      "@aws-cdk/aws-iam:minimizePolicies": true,
      "@aws-cdk-containers/ecs-service-extensions:enableDefaultLogDriver": true,
      "cli-telemetry": false,
      "availability-zones:account=1:region=eu-central-1": ["a"],
    };
    expect(problems(cdk)).toEqual([]);
  });

  it("reject a name that is not a setting, with a list of the settings", () => {
    const [line, ...more] = problems({ accessTokenSecond: "600" });
    expect(more).toEqual([]);
    expect(line).toMatch(
      /^Setting accessTokenSecond: there is no such setting, allowed: stage, .*issuer, .*clockToleranceSeconds.*$/,
    );
  });

  it("report every problem at once", () => {
    expect(problems({ stage: "test", registration: "maybe", colour: "red" }).map((line) => line.split(":")[0])).toEqual(
      ["Setting stage", "Setting registration", "Setting colour"],
    );
  });

  it.each<[string, unknown, string]>([
    ["stage", "staging", "dev or prod"],
    ["signingAlgorithm", "HS256", "RS256 or ES256 or EdDSA"],
    ["registration", true, "open or closed"],
    ["revocationMode", "", "stateless or feed or lookup"],
    ["minPasswordLength", 7, "a whole number of characters from 8 to 64"],
    ["accessTokenSeconds", 901, "a whole number of seconds from 60 to 900"],
    ["accessTokenSeconds", "600.5", "a whole number of seconds from 60 to 900"],
    ["accessTokenSeconds", "15m", "a whole number of seconds from 60 to 900"],
    ["accessTokenSeconds", Number.NaN, "a whole number of seconds from 60 to 900"],
    ["clockToleranceSeconds", 61, "a whole number of seconds from 0 to 60"],
    ["replayWindowSeconds", 301, "a whole number of seconds from 0 to 300"],
    ["clientId", "two words", "1 to 128 visible ASCII characters"],
    ["serviceName", "x\ud800y", "1 to 64 printable characters"],
    ["alarmEmail", "x\ud800@example.com", "an e-mail address"],
    ["serviceName", " ", "1 to 64 printable characters"],
    ["serviceName", "line\nbreak", "1 to 64 printable characters"],
  ])("reject %s = %j and name the allowed values", (name, given, allowed) => {
    expect(problems({ [name]: given })).toEqual([
      `Setting ${name}: given ${JSON.stringify(given)}, allowed: ${allowed}`,
    ]);
  });

  it.each([
    ["audiences", ""],
    ["audiences", "one,one"],
    ["audiences", ["one", 2]],
    ["audiences", { one: true }],
    ["scopes", 'quo"te'],
    ["scopes", ["two words"]],
  ])("reject the list %s = %j", (name, given) => {
    expect(problems({ [name]: given })).toHaveLength(1);
  });

  it.each([
    "*",
    "https://*.example.com",
    "http://app.example.com",
    "https://app.example.com/",
    "https://app.example.com/path",
    "https://APP.example.com",
    "https://app.example.com:443",
    "https://user@app.example.com",
    "https://it's.example.com",
    "app.example.com",
    "null",
    "ftp://localhost",
  ])("reject the origin %s, which no browser sends or which is not safe (C5)", (origin) => {
    expect(problems({ allowedOrigins: origin })).toHaveLength(1);
  });

  it.each([
    "https://app.example.com",
    "https://app.example.com:8443",
    "http://localhost:5173",
    "http://127.0.0.1:3000",
  ])("accept the origin %s (C5)", (origin) => {
    expect(parseSettings({ allowedOrigins: origin }).allowedOrigins).toEqual([origin]);
  });

  it.each([
    "capacitor://localhost",
    "ionic://localhost",
    "tauri://localhost",
    "http://tauri.localhost",
    "https://tauri.localhost",
    "chrome-extension://abcdefghijklmnopabcdefghijklmnop",
    "moz-extension://6fd9b6cd-8a3c-4bd0-9e0c-6a1d5a0e2f11",
    "app://-",
  ])("accept the origin %s of an app (C5)", (origin) => {
    expect(parseSettings({ allowedOrigins: origin }).allowedOrigins).toEqual([origin]);
  });

  it.each([
    "capacitor://localhost/",
    "capacitor://localhost/index.html",
    "Capacitor://localhost",
    "capacitor://*",
    "capacitor://",
    "chrome-extension://a b",
    'tauri://x"y',
    "tauri://x'y",
    "tauri://x$y",
    "file://localhost",
    "data://localhost",
    "javascript://localhost",
    "ws://localhost",
    "http://tauri.localhost.example",
    "http://localhost.evil.example",
  ])("reject %s, which is not the origin of an app (C5)", (origin) => {
    expect(problems({ allowedOrigins: [origin] })).toHaveLength(1);
  });

  it("convert names of request headers to lower case, as browsers send them (C5)", () => {
    const given = { allowedRequestHeaders: "Sentry-Trace baggage,traceparent" };
    expect(parseSettings(given).allowedRequestHeaders).toEqual(["sentry-trace", "baggage", "traceparent"]);
  });

  it.each([
    "*",
    "two words",
    "quo'te",
    "Ünicode",
    "x:y",
    "x".repeat(65),
    "Authorization",
    "authorization",
    "X-Csrf-Token",
    "Cookie",
    "Origin",
    "Host",
    "Sec-Fetch-Site",
    "X-Forwarded-For",
    "Proxy-Authorization",
    "X-Latchkey-Origin-Secret",
    "CloudFront-Viewer-Address",
  ])("reject the request header %s, which is not a name or which the service reads (C5)", (header) => {
    expect(problems({ allowedRequestHeaders: [header] })).toHaveLength(1);
  });

  it.each([
    "http://auth.example.com",
    "https://auth.example.com/",
    "https://auth.example.com/a/",
    "https://auth.example.com?a=1",
    "https://auth.example.com#a",
    "https://Auth.example.com",
    "auth.example.com",
    `https://auth.example.com/${"a".repeat(200)}`,
  ])("reject the issuer %s, which verifiers cannot compare exactly (K5)", (issuer) => {
    expect(problems({ issuer })).toHaveLength(1);
  });

  it.each(["https://auth.example.com", "https://example.com/auth", "http://localhost:3000"])(
    "accept the issuer %s (K5)",
    (issuer) => {
      expect(parseSettings({ issuer }).issuer).toBe(issuer);
    },
  );

  it("reject texts of a token that leave no room for roles in a cookie (T9)", () => {
    const scopes = (last: number) => [..."abcdefghijkl"].map((name) => name.repeat(64)).concat("m".repeat(last));
    expect(problems({ scopes: scopes(50) })).toEqual([]);
    expect(problems({ scopes: scopes(51) })).toEqual([
      expect.stringMatching(
        /^Setting scopes: .*, allowed: with audiences and clientId no more than 850 characters \(851\)/,
      ),
    ]);
    expect(problems({ scopes: scopes(1), audiences: ["a".repeat(128)] })).toHaveLength(1);
    expect(problems({ scopes: scopes(1), clientId: '"'.repeat(64) })).toHaveLength(1);
  });

  it.each<[Record<string, number>, string]>([
    [
      { cookieIdleSeconds: 600 },
      "Setting cookieIdleSeconds: given 600, allowed: no less than accessTokenSeconds (900)",
    ],
    [
      { refreshTokenSeconds: 1200 },
      "Setting refreshTokenSeconds: given 1200, allowed: no less than cookieIdleSeconds (1800)",
    ],
    [
      { refreshTokenSeconds: 1800 },
      "Setting refreshTokenSeconds: given 1800, allowed: no less than cookieIdleSeconds + accessTokenSeconds (2700)",
    ],
    [
      { maxLoginsPerAccountPerHour: 1000, refreshTokenSeconds: 31_536_000, absoluteSessionSeconds: 31_536_000 },
      "Setting maxLoginsPerAccountPerHour: given 1000, allowed: no more than 342 where refreshTokenSeconds is 31536000",
    ],
    [
      { absoluteSessionSeconds: 86_400 },
      "Setting absoluteSessionSeconds: given 86400, allowed: no less than refreshTokenSeconds (604800)",
    ],
    [
      { accessTokenSeconds: 60, replayWindowSeconds: 60 },
      "Setting replayWindowSeconds: given 60, allowed: less than accessTokenSeconds (60)",
    ],
    [
      { maxConsecutiveFailures: 5 },
      "Setting maxConsecutiveFailures: given 5, allowed: no less than failuresBeforeBackoff (10)",
    ],
    [
      { maxBackoffSeconds: 10 },
      "Setting maxBackoffSeconds: given 10, allowed: no less than initialBackoffSeconds (30)",
    ],
    [
      { keyRotationSeconds: 3600, refreshTokenSeconds: 2_592_000 },
      "Setting keyRotationSeconds: given 3600, allowed: no less than a 190th of the life of a refresh token (2592000), whose keys must be kept",
    ],
  ])("that contradict each other are rejected: %j", (given, line) => {
    expect(problems(given)).toEqual([line]);
  });
});
