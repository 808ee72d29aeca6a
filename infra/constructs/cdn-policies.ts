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

/** Returns a name for a policy of CloudFront. These names are unique per account, and the same stack may exist in several regions. */
export const globalName = (scope: Construct, suffix: string): string =>
  `${Stack.of(scope).stackName}-${suffix}-${Aws.REGION}`;

/**
 * The cache policy of responses that belong to one caller. Nothing is cached, because all these responses have `no-store`.
 *
 * CloudFront forwards `Authorization` only as a part of the cache key, and accepts a cache key only if caching is possible. The
 * longest time is therefore one second instead of zero, and the key has all credentials of the caller.
 */
export const uncachedPolicy = (scope: Construct): CachePolicy =>
  new CachePolicy(scope, "NotCached", {
    cachePolicyName: globalName(scope, "not-cached"),
    comment: "Forwards Authorization; caches nothing, because every response has no-store",
    minTtl: Duration.seconds(0),
    defaultTtl: Duration.seconds(0),
    maxTtl: Duration.seconds(1),
    headerBehavior: CacheHeaderBehavior.allowList("Authorization"),
    cookieBehavior: CacheCookieBehavior.all(),
    queryStringBehavior: CacheQueryStringBehavior.all(),
  });

/**
 * The cache policy of public keys and metadata, which are the same for all callers. The response itself sets the time. The maximum is
 * five minutes, because the CDN must not serve a withdrawn key for longer (K4).
 */
export const publicDocumentPolicy = (scope: Construct): CachePolicy =>
  new CachePolicy(scope, "PublicDocuments", {
    cachePolicyName: globalName(scope, "public-documents"),
    comment: "Public documents, for the time that they set, at most five minutes",
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
 * The parts of a request that CloudFront forwards to the API: every header that the functions read, all cookies and the query.
 *
 * `Host` of the viewer is not forwarded, because API Gateway would reject the request. The managed policy "all viewer headers except
 * Host" is not used: it forwards a `CloudFront-Viewer-Address` that the viewer itself sent, and cannot set the true address.
 */
export const callerPolicy = (scope: Construct): OriginRequestPolicy =>
  new OriginRequestPolicy(scope, "Caller", {
    originRequestPolicyName: globalName(scope, "caller"),
    comment: "The headers that the functions read, and the address of the viewer",
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

/** CORS for the exact origins, in responses that do not have these headers: the responses that API Gateway makes itself (C5). */
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
 * Converts headers into the properties of a response headers policy, which has a property of its own for some headers.
 * @param override whether the headers replace those of the origin
 * @throws Error if the policy has no property for a value
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
    throw new Error(`A response headers policy cannot express ${JSON.stringify(headers)}`);
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
