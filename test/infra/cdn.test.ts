import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App, Stack } from "aws-cdk-lib";
import type { Template } from "aws-cdk-lib/assertions";
import { afterAll, describe, expect, it } from "vitest";
import { WebDistribution, type WebDistributionProps } from "../../infra/constructs/web-distribution.ts";
import { readPages } from "../../infra/pages.ts";
import { toRetention } from "../../infra/retention.ts";
import { ORIGIN_SECRET_HEADER } from "../../shared/contract/request-headers.ts";
import { securityHeaders } from "../../shared/contract/security-headers.ts";
import { HEADERS_BY_PREFIX } from "../../web/headers.ts";
import { getTemplate, writePages } from "./synthesize.ts";

const A = "https://a.example";
const B = "https://b.example";
const CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/1";

const folder = mkdtempSync(join(tmpdir(), "latchkey-cdn-"));
writePages(folder);
afterAll(() => rmSync(folder, { recursive: true }));

const getDistribution = (props: Partial<WebDistributionProps> = {}): Template => {
  const stack = new Stack(new App(), "Stack");
  new WebDistribution(stack, "Web", {
    pages: readPages(folder),
    publisher: mkdtempSync(join(folder, "bundle-")),
    api: { domainName: "api.example", stageName: "dev" },
    allowedOrigins: [],
    retention: toRetention("prod"),
    ...props,
  });
  return getTemplate(stack);
};

const template = getDistribution({ allowedOrigins: [A, B] });

const only = (type: string, of = template) => {
  const [resource, ...others] = Object.values(of.findResources(type));
  expect(others).toEqual([]);
  return resource?.["Properties"];
};
const config = only("AWS::CloudFront::Distribution").DistributionConfig;
type Behavior = typeof config.DefaultCacheBehavior;
const getBehavior = (path: string): Behavior =>
  config.CacheBehaviors.find((each: Behavior) => each.PathPattern === path);
/** The resource that a behaviour refers to. */
const getPolicy = (reference: { readonly Ref: string }) => template.toJSON()["Resources"][reference.Ref].Properties;
const getOrigin = (behavior: Behavior) =>
  config.Origins.find(({ Id }: { Id: string }) => Id === behavior.TargetOriginId);

const API_PATHS = ["/auth/*", "/health", "/.well-known/*", "/openapi.json"];

/** The headers that a response headers policy adds to every response. */
const headersOfPolicy = (reference: { readonly Ref: string }): Record<string, string> => {
  const { SecurityHeadersConfig: security, CustomHeadersConfig: custom } =
    getPolicy(reference).ResponseHeadersPolicyConfig;
  const { AccessControlMaxAgeSec, IncludeSubdomains } = security.StrictTransportSecurity;
  return {
    "Content-Security-Policy": security.ContentSecurityPolicy.ContentSecurityPolicy,
    "Referrer-Policy": security.ReferrerPolicy.ReferrerPolicy,
    "Strict-Transport-Security": `max-age=${AccessControlMaxAgeSec}${IncludeSubdomains ? "; includeSubDomains" : ""}`,
    ...(security.ContentTypeOptions && { "X-Content-Type-Options": "nosniff" }),
    ...(security.FrameOptions && { "X-Frame-Options": security.FrameOptions.FrameOption }),
    ...Object.fromEntries((custom?.Items ?? []).map(({ Header, Value }: Record<string, string>) => [Header, Value])),
  };
};
const withoutCacheControl = ({ "Cache-Control": _, ...headers }: Readonly<Record<string, string>>) => headers;

describe("the pages", () => {
  it("come from the bucket, by GET and HEAD, with index.html at /", () => {
    const { AllowedMethods, TargetOriginId } = config.DefaultCacheBehavior;
    expect(AllowedMethods).toEqual(["GET", "HEAD"]);
    expect(config.DefaultRootObject).toBe("index.html");
    const origin = config.Origins.find(({ Id }: { Id: string }) => Id === TargetOriginId);
    expect(origin).toMatchObject({ S3OriginConfig: {}, OriginAccessControlId: expect.anything() });
  });

  it("have exactly the headers of the build, which replace headers of the bucket (H2)", () => {
    const { ResponseHeadersPolicyId } = config.DefaultCacheBehavior;
    expect(headersOfPolicy(ResponseHeadersPolicyId)).toEqual(withoutCacheControl(HEADERS_BY_PREFIX["/"] ?? {}));
    const policy = JSON.stringify(getPolicy(ResponseHeadersPolicyId));
    expect(policy).toContain('"Override":true');
    expect(policy).not.toContain('"Override":false');
  });

  it("may load scripts and styles from, and connect to, their own origin only (H2)", () => {
    const { "Content-Security-Policy": csp = "" } = headersOfPolicy(
      config.DefaultCacheBehavior.ResponseHeadersPolicyId,
    );
    const directives = csp.split("; ");
    expect(directives).toEqual(
      expect.arrayContaining(["default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'"]),
    );
    expect(directives).toEqual(
      expect.arrayContaining(["form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"]),
    );
    expect(csp).not.toContain("unsafe");
  });
});

describe("the API beside the pages", () => {
  it("has its own paths, and the stage as target", () => {
    expect(config.CacheBehaviors.map(({ PathPattern }: Behavior) => PathPattern)).toEqual(API_PATHS);
    for (const path of API_PATHS) {
      expect(getOrigin(getBehavior(path))).toMatchObject({ DomainName: "api.example", OriginPath: "/dev" });
    }
  });

  it("receives every part of a request that the functions read, Authorization and cookies included", () => {
    const { CachePolicyId, OriginRequestPolicyId, AllowedMethods } = getBehavior("/auth/*");
    expect(AllowedMethods).toEqual(expect.arrayContaining(["GET", "POST", "DELETE", "OPTIONS"]));
    const { ParametersInCacheKeyAndForwardedToOrigin: key } = getPolicy(CachePolicyId).CachePolicyConfig;
    const { HeadersConfig, CookiesConfig, QueryStringsConfig } =
      getPolicy(OriginRequestPolicyId).OriginRequestPolicyConfig;
    expect([...key.HeadersConfig.Headers, ...HeadersConfig.Headers].sort()).toEqual([
      "Authorization",
      "CloudFront-Viewer-Address",
      "Content-Type",
      "Idempotency-Key",
      "Origin",
      "Sec-Fetch-Site",
      "User-Agent",
      "X-CSRF-Token",
    ]);
    expect(HeadersConfig.HeaderBehavior).toBe("whitelist");
    expect(HeadersConfig.Headers.length).toBeLessThanOrEqual(10);
    expect(CookiesConfig).toEqual({ CookieBehavior: "all" });
    expect(QueryStringsConfig).toEqual({ QueryStringBehavior: "all" });
  });

  it.each(["/auth/*", "/health"])("%s is never cached, and never served to another caller (H1)", (path) => {
    const { CachePolicyId, Compress } = getBehavior(path);
    const { MinTTL, DefaultTTL, MaxTTL, ...policy } = getPolicy(CachePolicyId).CachePolicyConfig;
    expect({ MinTTL, DefaultTTL }).toEqual({ MinTTL: 0, DefaultTTL: 0 });
    expect(MaxTTL).toBeLessThanOrEqual(1);
    expect(policy.ParametersInCacheKeyAndForwardedToOrigin).toMatchObject({
      HeadersConfig: { HeaderBehavior: "whitelist", Headers: ["Authorization"] },
      CookiesConfig: { CookieBehavior: "all" },
      QueryStringsConfig: { QueryStringBehavior: "all" },
    });
    expect(Compress).toBe(false);
  });

  it.each(["/.well-known/*", "/openapi.json"])(
    "%s is cached for the time that it sets, at most five minutes (K4)",
    (path) => {
      const { CachePolicyId, OriginRequestPolicyId, AllowedMethods } = getBehavior(path);
      const { MinTTL, DefaultTTL, MaxTTL } = getPolicy(CachePolicyId).CachePolicyConfig;
      expect({ MinTTL, DefaultTTL, MaxTTL }).toEqual({ MinTTL: 0, DefaultTTL: 0, MaxTTL: 300 });
      // No part of a request may change the response to the next caller.
      expect(OriginRequestPolicyId).toBeUndefined();
      expect(AllowedMethods).not.toContain("POST");
    },
  );

  it("serves no cached error", () => {
    const kept = config.CustomErrorResponses.map(({ ErrorCode, ...rest }: { ErrorCode: number }) => [ErrorCode, rest]);
    expect(kept).toEqual([404, 414, 500, 501, 502, 503, 504].map((code) => [code, { ErrorCachingMinTTL: 0 }]));
  });

  it.each(API_PATHS)("%s gets headers only if the API does not set them (H2, C5)", (path) => {
    const { ResponseHeadersPolicyId } = getBehavior(path);
    expect(headersOfPolicy(ResponseHeadersPolicyId)).toEqual(
      withoutCacheControl(securityHeaders({ hstsIncludeSubDomains: false })),
    );
    const policy = getPolicy(ResponseHeadersPolicyId).ResponseHeadersPolicyConfig;
    expect(JSON.stringify(policy)).not.toContain('Override":true');
    expect(policy.CorsConfig).toMatchObject({
      AccessControlAllowOrigins: { Items: [A, B] },
      AccessControlAllowCredentials: true,
      OriginOverride: false,
    });
    expect(JSON.stringify(policy.CorsConfig)).not.toContain("*");
  });

  const getApiPolicy = (props: Partial<WebDistributionProps>) =>
    Object.values(getDistribution(props).findResources("AWS::CloudFront::ResponseHeadersPolicy"))
      .map((policy) => policy["Properties"].ResponseHeadersPolicyConfig)
      .find(({ Comment }) => Comment.startsWith("Headers of the API"));

  it("allows no credentials to apps, and allows the request headers that the operator adds (C5)", () => {
    const allowedOrigins = [A, "capacitor://localhost", "https://tauri.localhost"];
    const { CorsConfig } = getApiPolicy({ allowedOrigins, allowedRequestHeaders: ["traceparent"] });
    expect(CorsConfig.AccessControlAllowOrigins.Items).toEqual([A]);
    expect(CorsConfig.AccessControlAllowHeaders.Items).toContain("traceparent");
    expect(getApiPolicy({ allowedOrigins: ["capacitor://localhost"] })).not.toHaveProperty("CorsConfig");
  });

  it.each([
    ["off", false],
    ["on", true],
  ] as const)(
    "has the same HSTS as the functions with hstsIncludeSubDomains=%s (H2)",
    (hstsIncludeSubDomains, included) => {
      const { SecurityHeadersConfig } = getApiPolicy({ hstsIncludeSubDomains });
      expect(SecurityHeadersConfig.StrictTransportSecurity.IncludeSubdomains).toBe(included);
    },
  );

  it("has no CORS headers if no other origin is allowed (C5)", () => {
    const policies = Object.values(getDistribution().findResources("AWS::CloudFront::ResponseHeadersPolicy"));
    expect(policies).toHaveLength(2);
    for (const policy of policies) {
      expect(policy["Properties"].ResponseHeadersPolicyConfig).not.toHaveProperty("CorsConfig");
    }
  });
});

describe("the origin secret", () => {
  const origin = getOrigin(getBehavior("/auth/*"));

  it("is sent to the API in the header that the functions read, and to no other origin (B3)", () => {
    expect(origin.OriginCustomHeaders).toEqual([{ HeaderName: ORIGIN_SECRET_HEADER, HeaderValue: expect.anything() }]);
    expect(getOrigin(config.DefaultCacheBehavior)).not.toHaveProperty("OriginCustomHeaders");
  });

  it("is random, and the template has only a reference to it (B3)", () => {
    const { SecretString, GenerateSecretString } = only("AWS::SecretsManager::Secret");
    expect(SecretString).toBeUndefined();
    expect(GenerateSecretString).toEqual({ PasswordLength: 64, ExcludePunctuation: true });
    const [id] = Object.keys(template.findResources("AWS::SecretsManager::Secret"));
    expect(origin.OriginCustomHeaders[0].HeaderValue).toEqual({
      "Fn::Join": ["", ["{{resolve:secretsmanager:", { Ref: id }, ":SecretString:::}}"]],
    });
  });
});

describe("TLS", () => {
  it("is required for the pages, which redirect, and for the API, which does not redirect (I1)", () => {
    expect(config.DefaultCacheBehavior.ViewerProtocolPolicy).toBe("redirect-to-https");
    for (const path of API_PATHS) {
      expect(getBehavior(path).ViewerProtocolPolicy).toBe("https-only");
      expect(getOrigin(getBehavior(path)).CustomOriginConfig).toMatchObject({
        OriginProtocolPolicy: "https-only",
        OriginSSLProtocols: ["TLSv1.2"],
      });
    }
  });

  it("is 1.2 or later at the operator's host name (I1)", () => {
    const domain = { name: "account.example.com", certificateArn: CERTIFICATE };
    expect(only("AWS::CloudFront::Distribution", getDistribution({ domain })).DistributionConfig).toMatchObject({
      Aliases: ["account.example.com"],
      ViewerCertificate: {
        AcmCertificateArn: CERTIFICATE,
        MinimumProtocolVersion: "TLSv1.2_2021",
        SslSupportMethod: "sni-only",
      },
    });
  });
});

it("has the operator's web ACL before the CDN", () => {
  const webAclArn = "arn:aws:wafv2:us-east-1:123456789012:global/webacl/mine/0";
  const { DistributionConfig } = only("AWS::CloudFront::Distribution", getDistribution({ webAclArn }));
  expect(DistributionConfig.WebACLId).toBe(webAclArn);
});

it("has the stack and the region in the names that are global in CloudFront, so that two regions do not collide", () => {
  const global = ["CachePolicy", "OriginRequestPolicy", "ResponseHeadersPolicy", "OriginAccessControl"];
  const configs = global.flatMap((type) =>
    Object.values(template.findResources(`AWS::CloudFront::${type}`)).map(
      (each) => each["Properties"][`${type}Config`],
    ),
  );
  expect(configs).toHaveLength(6);
  const names = configs.map(({ Name }) => JSON.stringify(Name));
  for (const name of names)
    expect(name).toMatch(/^\{"Fn::Join":\["",\["Stack-[a-z-]+-",\{"Ref":"AWS::Region"\}\]\]\}$/);
  // Two names are equal, because they belong to resources of different types.
  expect(new Set(names).size).toBe(5);
});

describe("the bucket", () => {
  it("is private and encrypted", () => {
    expect(only("AWS::S3::Bucket")).toMatchObject({
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      OwnershipControls: { Rules: [{ ObjectOwnership: "BucketOwnerEnforced" }] },
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" } }],
      },
    });
  });

  it("is readable by this CDN, writable by the function that uploads the pages, and requires TLS 1.2 (I1, I2)", () => {
    type Statement = { Effect: string; Action: string | string[]; Principal: object; Condition?: object };
    const statements: Statement[] = only("AWS::S3::BucketPolicy").PolicyDocument.Statement;
    const denied = statements.filter(({ Effect }) => Effect === "Deny");
    expect(denied.map(({ Action, Principal, Condition }) => ({ Action, Principal, Condition }))).toEqual([
      { Action: "s3:*", Principal: { AWS: "*" }, Condition: { Bool: { "aws:SecureTransport": "false" } } },
      { Action: "s3:*", Principal: { AWS: "*" }, Condition: { NumericLessThan: { "s3:TlsVersion": 1.2 } } },
    ]);
    const allowed = statements.filter(({ Effect }) => Effect === "Allow");
    const publisher = { AWS: { "Fn::GetAtt": [expect.stringContaining("WebHostingPublisherPartsRole"), "Arn"] } };
    expect(allowed).toMatchObject([
      { Action: ["s3:DeleteObject", "s3:PutObject"], Principal: publisher },
      { Action: "s3:ListBucket", Principal: publisher },
      {
        Action: ["s3:GetObject", "s3:ListBucket"],
        Principal: { Service: "cloudfront.amazonaws.com" },
        Condition: { StringEquals: { "AWS:SourceArn": { "Fn::Join": ["", expect.anything()] } } },
      },
    ]);
  });

  it("is filled after its policy exists, again with every change, and emptied before it is deleted", () => {
    const [pages] = Object.values(template.findResources("Custom::Pages"));
    expect(pages?.["Properties"].Digest).toBe(readPages(folder).digest);
    expect(pages?.["DependsOn"]).toEqual([expect.stringContaining("BucketPolicy")]);
    template.hasResource("AWS::S3::Bucket", { DeletionPolicy: "Delete" });
  });
});
