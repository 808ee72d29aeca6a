import type { Secret } from "aws-cdk-lib/aws-secretsmanager";
import { CfnWebACL, CfnWebACLAssociation } from "aws-cdk-lib/aws-wafv2";
import { Construct } from "constructs";
import { ORIGIN_SECRET_HEADER } from "../../shared/contract/request-headers.ts";

/** The requests that one address may make in five minutes, the default window of WAF. */
const REQUESTS_PER_ADDRESS = 2000;

/**
 * The managed rule groups, and for each group the rules that only count. These rules would block honest callers: a password may look
 * like an attack, and a client may have no `User-Agent`. The functions parse bodies strictly, and no body becomes part of a page, a
 * path or a query.
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

/** The properties of `ApiFirewall`. */
export type ApiFirewallProps = {
  /** The ARN of the stage of the REST API. */
  readonly stageArn: string;
  /** The secret that the CDN sends to the API. @default the stack has no CDN */
  readonly originSecret?: Secret | undefined;
};

/**
 * A regional web ACL on the stage of the API. It checks every request, through the CDN or not, and exists in every region.
 *
 * Requests through the CDN come from addresses of the CDN, so the web ACL does not count them by address. The functions count them
 * by the address of the viewer.
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

/** Metrics without samples. Samples would show tokens and cookies to every user of the console (G1). */
const visibility = (metricName: string): CfnWebACL.VisibilityConfigProperty => ({
  cloudWatchMetricsEnabled: true,
  metricName,
  sampledRequestsEnabled: false,
});
