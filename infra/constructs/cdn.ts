import { Duration, Validations } from "aws-cdk-lib";
import { Certificate } from "aws-cdk-lib/aws-certificatemanager";
import {
  AccessLevel,
  AllowedMethods,
  type BehaviorOptions,
  CachePolicy,
  Distribution,
  HttpVersion,
  OriginProtocolPolicy,
  OriginSslPolicy,
  PriceClass,
  ResponseHeadersPolicy,
  S3OriginAccessControl,
  SecurityPolicyProtocol,
  ViewerProtocolPolicy,
} from "aws-cdk-lib/aws-cloudfront";
import { HttpOrigin, S3BucketOrigin } from "aws-cdk-lib/aws-cloudfront-origins";
import type { IBucket } from "aws-cdk-lib/aws-s3";
import type { Secret } from "aws-cdk-lib/aws-secretsmanager";
import { Construct } from "constructs";
import { mayUseCookies } from "../../shared/contract/browser-origins.ts";
import { ORIGIN_SECRET_HEADER } from "../../shared/contract/request-headers.ts";
import {
  callerPolicy,
  corsBehavior,
  globalName,
  publicDocumentPolicy,
  responseHeaders,
  uncachedPolicy,
} from "./cdn-policies.ts";
import { type ResponseHeaderSettings, toSecurityHeaders } from "./response-headers.ts";

export type CdnProps = ResponseHeaderSettings & {
  readonly bucket: IBucket;
  /** What every page and file is served with. */
  readonly pageHeaders: Readonly<Record<string, string>>;
  readonly api: {
    readonly domainName: string;
    readonly stageName: string;
  };
  readonly originSecret: Secret;
  /** A name of the operator's and its certificate in us-east-1. @default the name that CloudFront gives */
  readonly domain?: { readonly name: string; readonly certificateArn: string };
  /** A web ACL of scope CLOUDFRONT. @default none */
  readonly webAclArn?: string | undefined;
};

/** An error is the answer to one request: no later one gets it from the cache. */
const ERRORS_THAT_CLOUDFRONT_KEEPS = [404, 414, 500, 501, 502, 503, 504];

/**
 * One origin for browsers: the pages from the bucket, the API beside them, so that `__Host-` cookies work. It depends on the
 * API and not on its stage, so functions may know its address.
 */
export class Cdn extends Construct {
  /** Where people find the pages, without trailing slash. */
  readonly siteUrl: string;
  /** Where a domain of the operator's has to point. */
  readonly domainName: string;

  constructor(scope: Construct, id: string, props: CdnProps) {
    super(scope, id);
    const distribution = new Distribution(this, "Distribution", {
      comment: "Latchkey: the pages, and the API beside them",
      defaultRootObject: "index.html",
      defaultBehavior: this.pages(props),
      additionalBehaviors: this.apiRoutes(props),
      errorResponses: ERRORS_THAT_CLOUDFRONT_KEEPS.map((httpStatus) => ({ httpStatus, ttl: Duration.seconds(0) })),
      httpVersion: HttpVersion.HTTP2_AND_3,
      // The page is small and asked for once a visit: the edges of Europe and North America serve everybody well enough.
      priceClass: PriceClass.PRICE_CLASS_100,
      // With a name and a certificate of CloudFront's own, it also speaks TLS 1.0 and 1.1 (I1).
      ...(props.domain === undefined
        ? {}
        : {
            minimumProtocolVersion: SecurityPolicyProtocol.TLS_V1_2_2021,
            domainNames: [props.domain.name],
            certificate: Certificate.fromCertificateArn(this, "Certificate", props.domain.certificateArn),
          }),
      ...(props.webAclArn === undefined ? {} : { webAclId: props.webAclArn }),
    });
    this.domainName = distribution.distributionDomainName;
    this.siteUrl = `https://${props.domain?.name ?? this.domainName}`;
    this.acknowledge(distribution, props);
  }

  private pages({ bucket, pageHeaders }: CdnProps): BehaviorOptions {
    return {
      // With the right to list, a file that is not there is a 404; without it S3 would say 403.
      origin: S3BucketOrigin.withOriginAccessControl(bucket, {
        originAccessLevels: [AccessLevel.READ, AccessLevel.LIST],
        originAccessControl: new S3OriginAccessControl(this, "PagesAccess", {
          originAccessControlName: globalName(this, "pages"),
        }),
      }),
      allowedMethods: AllowedMethods.ALLOW_GET_HEAD,
      viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
      cachePolicy: CachePolicy.CACHING_OPTIMIZED,
      responseHeadersPolicy: new ResponseHeadersPolicy(this, "PageHeaders", {
        responseHeadersPolicyName: globalName(this, "pages"),
        comment: "Headers of the pages",
        ...responseHeaders(pageHeaders, true),
      }),
    };
  }

  private apiRoutes(props: CdnProps): Record<string, BehaviorOptions> {
    const { api, originSecret, allowedRequestHeaders = [] } = props;
    const { "Cache-Control": _, ...headers } = toSecurityHeaders(props);
    // The policy allows credentials to all of its origins or to none. Responses of the functions name the others.
    const origins = props.allowedOrigins.filter(mayUseCookies);
    const common = {
      origin: new HttpOrigin(api.domainName, {
        originPath: `/${api.stageName}`,
        protocolPolicy: OriginProtocolPolicy.HTTPS_ONLY,
        originSslProtocols: [OriginSslPolicy.TLS_V1_2],
        // CloudFormation puts the value in when it deploys: the template only names the secret.
        customHeaders: { [ORIGIN_SECRET_HEADER]: originSecret.secretValue.unsafeUnwrap() },
      }),
      // Credentials that came in clear are refused: a redirect would let the mistake go unseen.
      viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
      responseHeadersPolicy: new ResponseHeadersPolicy(this, "ApiHeaders", {
        responseHeadersPolicyName: globalName(this, "api"),
        comment: "Headers of the API, where it has not said them itself",
        ...responseHeaders(headers, false),
        ...(origins.length === 0 ? {} : { corsBehavior: corsBehavior(origins, allowedRequestHeaders) }),
      }),
    };
    const caller: BehaviorOptions = {
      ...common,
      allowedMethods: AllowedMethods.ALLOW_ALL,
      cachePolicy: uncachedPolicy(this),
      originRequestPolicy: callerPolicy(this),
      // Compressing secrets together with what a request said would tell them by the length.
      compress: false,
    };
    const publicDocument: BehaviorOptions = {
      ...common,
      allowedMethods: AllowedMethods.ALLOW_GET_HEAD_OPTIONS,
      cachePolicy: publicDocumentPolicy(this),
    };
    return {
      "/auth/*": caller,
      "/health": caller,
      "/.well-known/*": publicDocument,
      "/openapi.json": publicDocument,
    };
  }

  private acknowledge(distribution: Distribution, { domain, webAclArn }: CdnProps): void {
    const reasons = [
      {
        id: "Annotation::@aws-cdk/aws-cloudfront-origins:listBucketSecurityRisk",
        reason: "There is a default root object, so no request lists the bucket.",
      },
      { id: "AwsSolutions-CFR1", reason: "People may sign in from any country." },
      {
        id: "AwsSolutions-CFR3",
        reason:
          "The pages are public and hold nothing of a caller; every request to the API is in API Gateway's access log.",
      },
      ...(webAclArn === undefined
        ? [{ id: "AwsSolutions-CFR2", reason: "A web ACL has a monthly price; one can be given by a setting." }]
        : []),
      ...(domain === undefined
        ? [
            {
              id: "AwsSolutions-CFR4",
              reason: "CloudFront's own name takes older TLS; settings allow it in the dev stage only.",
            },
          ]
        : []),
    ];
    Validations.of(distribution).acknowledge(...reasons);
  }
}
