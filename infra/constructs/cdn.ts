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

/** The properties of `Cdn`. */
export type CdnProps = ResponseHeaderSettings & {
  /** The bucket with the pages. */
  readonly bucket: IBucket;
  /** The response headers of every page and file. */
  readonly pageHeaders: Readonly<Record<string, string>>;
  /** The stage of the API behind the CDN. */
  readonly api: {
    readonly domainName: string;
    readonly stageName: string;
  };
  /** The secret that the CDN sends to the API. */
  readonly originSecret: Secret;
  /** The operator's host name and its certificate in us-east-1. @default the host name that CloudFront assigns */
  readonly domain?: { readonly name: string; readonly certificateArn: string };
  /** The ARN of a web ACL of scope CLOUDFRONT. @default none */
  readonly webAclArn?: string | undefined;
};

/** The status codes that CloudFront caches by default. Here it must not: an error belongs to one request. */
const ERRORS_THAT_CLOUDFRONT_KEEPS = [404, 414, 500, 501, 502, 503, 504];

/**
 * The CloudFront distribution: one origin for browsers with the pages from the bucket and the API, so that `__Host-` cookies work.
 *
 * The distribution depends on the API and not on the stage of the API. The functions, on which the stage depends, can therefore have
 * the host name of the distribution in their environment.
 */
export class Cdn extends Construct {
  /** The URL of the pages, without trailing slash. */
  readonly siteUrl: string;
  /** The host name of the distribution. The DNS record of the operator's domain must point there. */
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
      // A browser loads the small page once per visit, so edges in Europe and North America are near enough for all users.
      priceClass: PriceClass.PRICE_CLASS_100,
      // A minimum of TLS 1.2 is possible with the operator's certificate only (I1).
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
      // S3 responds 404 to a missing key only if the caller may list the bucket, and else 403.
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
    // The policy allows credentials to all of its origins or to none. The functions themselves name the other origins.
    const origins = props.allowedOrigins.filter(mayUseCookies);
    const common = {
      origin: new HttpOrigin(api.domainName, {
        originPath: `/${api.stageName}`,
        protocolPolicy: OriginProtocolPolicy.HTTPS_ONLY,
        originSslProtocols: [OriginSslPolicy.TLS_V1_2],
        // The template has a reference to the secret. CloudFormation inserts the value when it deploys.
        customHeaders: { [ORIGIN_SECRET_HEADER]: originSecret.secretValue.unsafeUnwrap() },
      }),
      // A request without TLS is rejected. A redirect would hide that the client sent credentials in clear text.
      viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
      responseHeadersPolicy: new ResponseHeadersPolicy(this, "ApiHeaders", {
        responseHeadersPolicyName: globalName(this, "api"),
        comment: "Headers of the API, unless the API sets them itself",
        ...responseHeaders(headers, false),
        ...(origins.length === 0 ? {} : { corsBehavior: corsBehavior(origins, allowedRequestHeaders) }),
      }),
    };
    const caller: BehaviorOptions = {
      ...common,
      allowedMethods: AllowedMethods.ALLOW_ALL,
      cachePolicy: uncachedPolicy(this),
      originRequestPolicy: callerPolicy(this),
      // If a response has a secret and text of the request, the length of the compressed response reveals the secret (BREACH).
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
      { id: "AwsSolutions-CFR1", reason: "Users may sign in from any country." },
      {
        id: "AwsSolutions-CFR3",
        reason:
          "The pages are public and hold no data of a caller; every request to the API is in the access log of API Gateway.",
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
