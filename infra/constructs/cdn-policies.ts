import { Aws, Duration, Stack } from "aws-cdk-lib";
import {
  CacheCookieBehavior,
  CacheHeaderBehavior,
  CachePolicy,
  CacheQueryStringBehavior,
  HeadersFrameOption,
  HeadersReferrerPolicy,
  OriginRequestCookieBehavior,
  OriginRequestHeaderBehavior,
  OriginRequestPolicy,
  OriginRequestQueryStringBehavior,
  type ResponseHeadersCorsBehavior,
  type ResponseHeadersPolicyProps,
} from "aws-cdk-lib/aws-cloudfront";
import type { Construct } from "constructs";
import { ANY_ORIGIN_HEADERS } from "../../shared/contract/cors.ts";
import { API_REQUEST_HEADERS } from "../../shared/contract/request-headers.ts";

/** CloudFront's names are one set for all regions of an account, where the same stack may stand several times. */
export const globalName = (scope: Construct, suffix: string): string =>
  `${Stack.of(scope).stackName}-${suffix}-${Aws.REGION}`;

/**
 * For answers that are one caller's own. CloudFront forwards `Authorization` only as part of a cache key, and takes a key
 * only where something could be cached: so the longest time is a second and the key is all of the caller's credentials. All
 * answers of these routes say `no-store`, so that nothing ever is.
 */
export const uncachedPolicy = (scope: Construct): CachePolicy =>
  new CachePolicy(scope, "NotCached", {
    cachePolicyName: globalName(scope, "not-cached"),
    comment: "Forwards Authorization; keeps nothing, as every answer says no-store",
    minTtl: Duration.seconds(0),
    defaultTtl: Duration.seconds(0),
    maxTtl: Duration.seconds(1),
    headerBehavior: CacheHeaderBehavior.allowList("Authorization"),
    cookieBehavior: CacheCookieBehavior.all(),
    queryStringBehavior: CacheQueryStringBehavior.all(),
  });

/**
 * For answers that are the same for everybody, as long as they say themselves: public keys and metadata. A withdrawn key must
 * not live on in the CDN, so five minutes are the most (K4).
 */
export const publicDocumentPolicy = (scope: Construct): CachePolicy =>
  new CachePolicy(scope, "PublicDocuments", {
    cachePolicyName: globalName(scope, "public-documents"),
    comment: "Public documents, as long as they say themselves and no longer than five minutes",
    minTtl: Duration.seconds(0),
    defaultTtl: Duration.seconds(0),
    maxTtl: Duration.minutes(5),
    headerBehavior: CacheHeaderBehavior.none(),
    cookieBehavior: CacheCookieBehavior.none(),
    queryStringBehavior: CacheQueryStringBehavior.none(),
    enableAcceptEncodingBrotli: true,
    enableAcceptEncodingGzip: true,
  });

/**
 * The headers that the functions read, one by one. Not the viewer's `Host`, with which API Gateway would refuse the request.
 * And not "all but Host", the policy AWS made for API Gateway: it passes on a viewer's own `CloudFront-Viewer-Address` and
 * cannot be told to state the true one.
 */
export const callerPolicy = (scope: Construct): OriginRequestPolicy =>
  new OriginRequestPolicy(scope, "Caller", {
    originRequestPolicyName: globalName(scope, "caller"),
    comment: "What the functions read of a request, and the address it came from",
    headerBehavior: OriginRequestHeaderBehavior.allowList(
      "CloudFront-Viewer-Address",
      "Content-Type",
      "Idempotency-Key",
      "Origin",
      "Sec-Fetch-Site",
      "User-Agent",
      "X-CSRF-Token",
    ),
    cookieBehavior: OriginRequestCookieBehavior.all(),
    queryStringBehavior: OriginRequestQueryStringBehavior.all(),
  });

/** CORS for the exact origins, where the API has not said it: in what the gateway answers itself (C5). */
export const corsBehavior = (
  origins: readonly string[],
  requestHeaders: readonly string[],
): ResponseHeadersCorsBehavior => ({
  accessControlAllowOrigins: [...origins],
  accessControlAllowCredentials: true,
  accessControlAllowHeaders: [...API_REQUEST_HEADERS, ...requestHeaders],
  accessControlAllowMethods: ["GET", "POST", "DELETE"],
  accessControlExposeHeaders: [ANY_ORIGIN_HEADERS["Access-Control-Expose-Headers"]],
  accessControlMaxAge: Duration.minutes(10),
  originOverride: false,
});

/**
 * Says given headers as a response headers policy does: some have a place of their own there and are not taken elsewhere.
 * @param override puts them in place of what the origin says
 * @throws Error for a value that such a policy cannot express
 */
export const responseHeaders = (
  headers: Readonly<Record<string, string>>,
  override: boolean,
): Pick<ResponseHeadersPolicyProps, "securityHeadersBehavior" | "customHeadersBehavior"> => {
  const {
    "Content-Security-Policy": contentSecurityPolicy,
    "Referrer-Policy": referrer,
    "Strict-Transport-Security": transport,
    "X-Content-Type-Options": contentTypeOptions,
    "X-Frame-Options": frame,
    ...others
  } = headers;
  const [, seconds, subdomains] = /^max-age=(\d+)(; includeSubDomains)?$/.exec(transport ?? "") ?? [];
  const referrerPolicy = Object.values(HeadersReferrerPolicy).find((policy) => policy === referrer);
  const frameOption = Object.values(HeadersFrameOption).find((option) => option === frame);
  if (
    contentSecurityPolicy === undefined ||
    contentTypeOptions !== "nosniff" ||
    seconds === undefined ||
    referrerPolicy === undefined ||
    frameOption !== frame
  ) {
    throw new Error(`A response headers policy cannot say ${JSON.stringify(headers)}`);
  }
  return {
    securityHeadersBehavior: {
      contentSecurityPolicy: { contentSecurityPolicy, override },
      contentTypeOptions: { override },
      referrerPolicy: { referrerPolicy, override },
      strictTransportSecurity: {
        accessControlMaxAge: Duration.seconds(Number(seconds)),
        includeSubdomains: subdomains !== undefined,
        override,
      },
      ...(frameOption === undefined ? {} : { frameOptions: { frameOption, override } }),
    },
    ...(Object.keys(others).length === 0
      ? {}
      : {
          customHeadersBehavior: {
            customHeaders: Object.entries(others).map(([header, value]) => ({ header, value, override })),
          },
        }),
  };
};
