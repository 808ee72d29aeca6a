import { App, Stack } from "aws-cdk-lib";
import type { Template } from "aws-cdk-lib/assertions";
import { describe, expect, it } from "vitest";
import { OriginSecret } from "../../infra/constructs/origin-secret.ts";
import { ApiFirewall } from "../../infra/constructs/waf.ts";
import { ORIGIN_SECRET_HEADER } from "../../shared/contract/request-headers.ts";
import { getTemplate } from "./synthesize.ts";

const firewall = ({ cdn }: { readonly cdn: boolean }): Template => {
  const stack = new Stack(new App(), "Stack");
  const originSecret = cdn ? new OriginSecret(stack, "Secret") : undefined;
  new ApiFirewall(stack, "Firewall", { stageArn: "arn:stage", originSecret });
  return getTemplate(stack);
};

const getAcl = (template: Template) => Object.values(template.findResources("AWS::WAFv2::WebACL"))[0]?.["Properties"];
const getRules = (template: Template) =>
  new Map(getAcl(template).Rules.map((rule: { Name: string }) => [rule.Name, rule]));

const behindCdn = firewall({ cdn: true });

describe("the firewall", () => {
  it("checks the requests of the API's stage in any region, and accepts a request that no rule blocks", () => {
    expect(getAcl(behindCdn)).toMatchObject({ Scope: "REGIONAL", DefaultAction: { Allow: {} } });
    behindCdn.hasResourceProperties("AWS::WAFv2::WebACLAssociation", { ResourceArn: "arn:stage" });
  });

  it("has the managed rules against known attacks and attackers, each with its own priority", () => {
    const rules = [...getAcl(behindCdn).Rules];
    expect(rules.map(({ Name }) => Name)).toEqual([
      "PerAddress",
      "AWSManagedRulesAmazonIpReputationList",
      "AWSManagedRulesKnownBadInputsRuleSet",
      "AWSManagedRulesCommonRuleSet",
    ]);
    expect(rules.map(({ Priority }) => Priority)).toEqual([0, 1, 2, 3]);
    for (const { Statement, OverrideAction } of rules.slice(1)) {
      expect(Statement.ManagedRuleGroupStatement.VendorName).toBe("AWS");
      expect(OverrideAction).toEqual({ None: {} });
    }
  });

  it("blocks no password for its text, and no client without User-Agent (P2)", () => {
    const counted = getAcl(behindCdn).Rules.flatMap(
      ({ Statement }: { Statement: { ManagedRuleGroupStatement?: { RuleActionOverrides?: object[] } } }) =>
        Statement.ManagedRuleGroupStatement?.RuleActionOverrides ?? [],
    );
    expect(counted.map(({ Name }: { Name: string }) => Name).sort()).toEqual([
      "CrossSiteScripting_BODY",
      "EC2MetaDataSSRF_BODY",
      "GenericLFI_BODY",
      "GenericRFI_BODY",
      "JavaDeserializationRCE_BODY",
      "Log4JRCE_BODY",
      "NoUserAgent_HEADER",
      "SizeRestrictions_BODY",
    ]);
    for (const { ActionToUse } of counted) expect(ActionToUse).toEqual({ Count: {} });
  });

  it("limits every address that calls the API directly", () => {
    expect(getRules(firewall({ cdn: false })).get("PerAddress")).toMatchObject({
      Action: { Block: {} },
      Statement: { RateBasedStatement: { AggregateKeyType: "IP", Limit: 2000 } },
    });
  });

  it("does not count requests through the CDN by address, and recognizes the CDN only by the secret (B3)", () => {
    const [secretId] = Object.keys(behindCdn.findResources("AWS::SecretsManager::Secret"));
    expect(getRules(behindCdn).get("PerAddress")).toMatchObject({
      Statement: {
        RateBasedStatement: {
          ScopeDownStatement: {
            NotStatement: {
              Statement: {
                ByteMatchStatement: {
                  FieldToMatch: { SingleHeader: { Name: ORIGIN_SECRET_HEADER } },
                  PositionalConstraint: "EXACTLY",
                  SearchString: {
                    "Fn::Join": ["", ["{{resolve:secretsmanager:", { Ref: secretId }, ":SecretString:::}}"]],
                  },
                },
              },
            },
          },
        },
      },
    });
  });

  it("keeps no samples of requests, which would show tokens and cookies (G1)", () => {
    const { Rules, VisibilityConfig } = getAcl(behindCdn);
    const all = [VisibilityConfig, ...Rules.map((rule: { VisibilityConfig: object }) => rule.VisibilityConfig)];
    expect(all).toHaveLength(5);
    for (const each of all)
      expect(each).toMatchObject({ SampledRequestsEnabled: false, CloudWatchMetricsEnabled: true });
  });
});
