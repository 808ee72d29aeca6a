import type { Secret } from "aws-cdk-lib/aws-secretsmanager";
import { CfnWebACL, CfnWebACLAssociation } from "aws-cdk-lib/aws-wafv2";
import { Construct } from "constructs";
import { ORIGIN_SECRET_HEADER } from "../../shared/contract/request-headers.ts";

/** Requests that one address may make in five minutes, the time over which WAF counts by default. */
const REQUESTS_PER_ADDRESS = 2000;

/**
 * Rules that would refuse honest callers, counted instead. A password may be any text, also one that looks like an attack,
 * and bodies are parsed strictly and never become part of a page, a path or a query. Not every client names itself.
 */
const ONLY_COUNTED: Readonly<Record<string, readonly string[]>> = {
  AWSManagedRulesAmazonIpReputationList: [],
  AWSManagedRulesKnownBadInputsRuleSet: ["JavaDeserializationRCE_BODY", "Log4JRCE_BODY"],
  AWSManagedRulesCommonRuleSet: [
    "CrossSiteScripting_BODY",
    "EC2MetaDataSSRF_BODY",
    "GenericLFI_BODY",
    "GenericRFI_BODY",
    "NoUserAgent_HEADER",
    "SizeRestrictions_BODY",
  ],
};

export type ApiFirewallProps = {
  /** Of the stage of the REST API. */
  readonly stageArn: string;
  /** What the CDN proves itself by. @default there is none */
  readonly originSecret?: Secret | undefined;
};

/**
 * A regional web ACL on the API's stage: it stands before every request, whether it comes through the CDN or not, and works
 * in every region. Requests through the CDN come from the CDN's addresses, so they are not counted by address here; the
 * functions count them by the viewer's.
 */
export class ApiFirewall extends Construct {
  constructor(scope: Construct, id: string, { stageArn, originSecret }: ApiFirewallProps) {
    super(scope, id);
    const acl = new CfnWebACL(this, "WebAcl", {
      scope: "REGIONAL",
      defaultAction: { allow: {} },
      visibilityConfig: visibility("latchkey"),
      rules: [
        {
          name: "PerAddress",
          priority: 0,
          action: { block: {} },
          statement: {
            rateBasedStatement: {
              limit: REQUESTS_PER_ADDRESS,
              aggregateKeyType: "IP",
              ...(originSecret === undefined
                ? {}
                : { scopeDownStatement: { notStatement: { statement: throughCdn(originSecret) } } }),
            },
          },
          visibilityConfig: visibility("PerAddress"),
        },
        ...Object.entries(ONLY_COUNTED).map(([name, counted], index) => ({
          name,
          priority: index + 1,
          overrideAction: { none: {} },
          statement: {
            managedRuleGroupStatement: {
              vendorName: "AWS",
              name,
              ruleActionOverrides: counted.map((rule) => ({ name: rule, actionToUse: { count: {} } })),
            },
          },
          visibilityConfig: visibility(name),
        })),
      ],
    });
    new CfnWebACLAssociation(this, "OnStage", { resourceArn: stageArn, webAclArn: acl.attrArn });
  }
}

const throughCdn = (originSecret: Secret): CfnWebACL.StatementProperty => ({
  byteMatchStatement: {
    fieldToMatch: { singleHeader: { Name: ORIGIN_SECRET_HEADER } },
    positionalConstraint: "EXACTLY",
    searchString: originSecret.secretValue.unsafeUnwrap(),
    textTransformations: [{ priority: 0, type: "NONE" }],
  },
});

/** Metrics, but no samples: those would show tokens and cookies to whoever may open the console (G1). */
const visibility = (metricName: string): CfnWebACL.VisibilityConfigProperty => ({
  cloudWatchMetricsEnabled: true,
  metricName,
  sampledRequestsEnabled: false,
});
