import { Duration } from "aws-cdk-lib";
import { IdentitySource, RequestAuthorizer } from "aws-cdk-lib/aws-apigateway";
import { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import type { Construct } from "constructs";
import type { RevocationMode } from "../../shared/contract/modes.ts";

/**
 * The longest time that API Gateway may cache an Allow, in seconds. A cached Allow stays valid after `exp` and after a revocation
 * (A3). With `lookup` any caching breaks the promise of immediate revocation. With the other modes five seconds are within the clock
 * tolerance and the staleness of the feed.
 */
const MAX_CACHE_SECONDS: Readonly<Record<RevocationMode, number>> = {
  stateless: 5,
  feed: 5,
  lookup: 0,
};

/** The properties of `LatchkeyAuthorizer`. */
export type LatchkeyAuthorizerProps = {
  /** The ARN from an output of the Latchkey stack: `AuthorizerStatelessArn`, `AuthorizerFeedArn` or `AuthorizerLookupArn`. */
  readonly functionArn: string;
  /** The revocation mode of that function. */
  readonly revocationMode: RevocationMode;
  /**
   * How long API Gateway caches results of the authorizer. Caching is possible only for callers with `Authorization: Bearer`. The
   * result for a session in cookies depends on more headers than a cache key can have (A4).
   * @default Duration.seconds(0)
   */
  readonly resultsCacheTtl?: Duration;
  /** Whether browsers call this API with their session in cookies. @default true */
  readonly cookies?: boolean;
};

/**
 * The authorizer of another REST API: pass it as `authorizer` of a method. The API and the function must be in one account.
 * @throws Error if caching would accept a revoked, expired or foreign session
 * @example
 * const authorizer = new LatchkeyAuthorizer(this, "Latchkey", {
 *   functionArn: "arn:aws:lambda:eu-central-1:123456789012:function:latchkey-prod-AuthorizerLookup",
 *   revocationMode: "lookup",
 * });
 * api.root.addMethod("GET", integration, { authorizer });
 */
export class LatchkeyAuthorizer extends RequestAuthorizer {
  constructor(scope: Construct, id: string, props: LatchkeyAuthorizerProps) {
    const ttl = props.resultsCacheTtl ?? Duration.seconds(0);
    const cached = ttl.toSeconds() > 0;
    const maxSeconds = MAX_CACHE_SECONDS[props.revocationMode];
    if (cached && (props.cookies ?? true)) {
      throw new Error(`${id}: results cannot be cached while sessions in cookies are accepted; set cookies: false`);
    }
    if (ttl.toSeconds() > maxSeconds) {
      throw new Error(
        `${id}: resultsCacheTtl is ${ttl.toSeconds()} s, but ${props.revocationMode} promises that a revoked session is rejected within ${maxSeconds} s`,
      );
    }
    super(scope, id, {
      handler: LambdaFunction.fromFunctionAttributes(scope, `${id}Function`, {
        functionArn: props.functionArn,
        // The CDK then adds the permission for API Gateway to invoke the function.
        sameEnvironment: true,
      }),
      resultsCacheTtl: ttl,
      // Without caching no header is required, so callers with cookies only reach the function too (A4).
      identitySources: cached ? [IdentitySource.header("Authorization")] : [],
    });
  }
}
