import { type Kind, text } from "./setting-kinds.ts";

/** What an operator decides about the pages and what stands before them. */
export type WebSettings = {
  /**
   * The sign-in and account pages, on one origin with the API behind CloudFront.
   * @default on; off in `prod` without a domainName, as CloudFront's own name also speaks TLS 1.0 and 1.1
   */
  readonly webDistribution: "on" | "off";
  /** The host people find the pages at. @default the one that CloudFront gives */
  readonly domainName: string | undefined;
  /** Of its certificate in AWS Certificate Manager, which CloudFront takes from us-east-1 only. */
  readonly certificateArn: string | undefined;
  /** AWS WAF with AWS's managed rules and a limit by address, before the API's stage. @default off */
  readonly waf: "on" | "off";
  /** A web ACL of scope CLOUDFRONT of the operator's, before the CDN. @default none */
  readonly distributionWebAclArn: string | undefined;
  /**
   * Whether browsers that have seen the service use HTTPS for every host below its host too, for two years
   * (`includeSubDomains`, RFC 6797 6.1.2). A host below that has no HTTPS can then not be reached.
   * @default off
   */
  readonly hstsIncludeSubDomains: "on" | "off";
};

/** As browsers send it in `Host` and `Origin`, so that comparisons can be exact. */
export const hostName: Kind<string> = text(
  /^(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]$/,
  "a host name in lower case such as account.example.com",
);

export const certificateArn: Kind<string> = text(
  /^arn:aws[a-z-]*:acm:us-east-1:\d{12}:certificate\/[a-z0-9-]{1,64}$/,
  "the ARN of a certificate in us-east-1",
);

export const distributionWebAclArn: Kind<string> = text(
  /^arn:aws[a-z-]*:wafv2:us-east-1:\d{12}:global\/webacl\/[\w-]{1,128}\/[a-f0-9-]{36}$/,
  "the ARN of a web ACL of scope CLOUDFRONT",
);

type Contradiction = {
  readonly name: keyof WebSettings;
  readonly given: string | undefined;
  readonly allowed: string;
};

/** Settings of the pages that do not go together. */
export const webContradictions = (settings: WebSettings & { readonly stage: "dev" | "prod" }): Contradiction[] => {
  const { stage, webDistribution, domainName, certificateArn } = settings;
  const found: Contradiction[] = [];
  if (domainName === undefined && certificateArn !== undefined) {
    found.push({ name: "domainName", given: domainName, allowed: "the host name that certificateArn is for" });
  }
  if (domainName !== undefined && certificateArn === undefined) {
    found.push({ name: "certificateArn", given: certificateArn, allowed: `the certificate of ${domainName}` });
  }
  if (webDistribution === "on" && stage === "prod" && domainName === undefined) {
    const allowed = "off in stage prod without domainName: CloudFront's own name also speaks TLS 1.0 and 1.1";
    found.push({ name: "webDistribution", given: webDistribution, allowed });
  }
  if (webDistribution === "off") {
    for (const name of ["domainName", "certificateArn", "distributionWebAclArn"] as const) {
      const given = settings[name];
      if (given !== undefined) found.push({ name, given, allowed: "nothing while webDistribution is off" });
    }
  }
  return found;
};
