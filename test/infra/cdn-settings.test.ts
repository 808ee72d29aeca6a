import { describe, expect, it } from "vitest";
import { parseSettings } from "../../infra/parse-settings.ts";

const CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/0b1e8d3a-0000-4000-8000-000000000000";
const DOMAIN = { domainName: "account.example.com", certificateArn: CERTIFICATE };
const WEB_ACL = "arn:aws:wafv2:us-east-1:123456789012:global/webacl/mine/0b1e8d3a-0000-4000-8000-000000000000";

describe("settings of the pages", () => {
  it.each([
    [{}, "on"],
    [{ webDistribution: "off" }, "off"],
    [{ stage: "prod" }, "off"],
    [{ stage: "prod", ...DOMAIN }, "on"],
    [{ stage: "prod", ...DOMAIN, distributionWebAclArn: WEB_ACL, waf: "on" }, "on"],
  ])("%j: webDistribution is %s", (raw, expected) => {
    expect(parseSettings(raw).webDistribution).toBe(expected);
  });

  it("reject pages in prod at a host name that also accepts TLS 1.0 (I1)", () => {
    expect(() => parseSettings({ stage: "prod", webDistribution: "on" })).toThrow(
      'Setting webDistribution: given "on", allowed: off in stage prod without domainName',
    );
  });

  it.each([
    [
      { domainName: DOMAIN.domainName },
      "Setting certificateArn: given undefined, allowed: the certificate of account.example.com",
    ],
    [
      { certificateArn: CERTIFICATE },
      "Setting domainName: given undefined, allowed: the host name that certificateArn is for",
    ],
    [{ ...DOMAIN, webDistribution: "off" }, "allowed: nothing while webDistribution is off"],
    [{ distributionWebAclArn: WEB_ACL, webDistribution: "off" }, "allowed: nothing while webDistribution is off"],
    [{ ...DOMAIN, certificateArn: CERTIFICATE.replace("us-east-1", "eu-central-1") }, "a certificate in us-east-1"],
    [{ ...DOMAIN, domainName: "https://account.example.com" }, "allowed: a host name"],
    [{ ...DOMAIN, domainName: "Account.example.com" }, "allowed: a host name"],
    [{ ...DOMAIN, domainName: "localhost" }, "allowed: a host name"],
    [{ ...DOMAIN, domainName: "account.example.com/" }, "allowed: a host name"],
    [{ ...DOMAIN, domainName: "203.0.113.7" }, "allowed: a host name"],
    [{ distributionWebAclArn: WEB_ACL.replace("global", "regional") }, "a web ACL of scope CLOUDFRONT"],
    [{ waf: "yes" }, "allowed: on or off"],
  ])("%j are rejected", (raw, problem) => {
    expect(() => parseSettings(raw)).toThrow(problem);
  });
});
