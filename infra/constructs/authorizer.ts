import { Duration } from "aws-cdk-lib";
import { IdentitySource, RequestAuthorizer } from "aws-cdk-lib/aws-apigateway";
import { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import type { Construct } from "constructs";
import type { Settings } from "../settings.ts";

/**
 * The longest a cached Allow may stand, in seconds. It outlives `exp` and a revocation by as much (A3): with `lookup` that
 * breaks the promise at once; with the others it stays within what clocks may differ and what the feed may lag.
 */
const MAX_CACHE_SECONDS: Readonly<Record<Settings["revocationMode"], number>> = {
  stateless: 5,
  feed: 5,
  lookup: 0,
};

export type LatchkeyAuthorizerProps = {
  /** An output of the Latchkey stack: `AuthorizerStatelessArn`, `AuthorizerFeedArn` or `AuthorizerLookupArn`. */
  readonly functionArn: string;
  /** The mode of that function. */
  readonly revocationMode: Settings["revocationMode"];
  /**
   * How long API Gateway may answer for the authorizer. Any caching is for callers with `Authorization: Bearer` only: a
   * session in cookies is judged by more headers than a cache key can hold (A4).
   * @default Duration.seconds(0)
   */
  readonly resultsCacheTtl?: Duration;
  /** Whether browsers call this API with their session in cookies. @default true */
  readonly cookies?: boolean;
};

/**
 * Puts a REST API behind Latchkey: give it as `authorizer` of any method. The API and the function are in one account.
 * @throws Error when results were cached in a way that lets a revoked, expired or foreign session pass
 */
export class LatchkeyAuthorizer extends RequestAuthorizer {
  constructor(scope: Construct, id: string, props: LatchkeyAuthorizerProps) {
    const ttl = props.resultsCacheTtl ?? Duration.seconds(0);
    const cached = ttl.toSeconds() > 0;
    const longest = MAX_CACHE_SECONDS[props.revocationMode];
    if (cached && (props.cookies ?? true)) {
      throw new Error(`${id}: results cannot be cached while sessions in cookies are accepted; set cookies: false`);
    }
    if (ttl.toSeconds() > longest) {
      throw new Error(
        `${id}: resultsCacheTtl is ${ttl.toSeconds()} s, but ${props.revocationMode} promises that an ended session is refused within ${longest} s`,
      );
    }
    super(scope, id, {
      handler: LambdaFunction.fromFunctionAttributes(scope, `${id}Function`, {
        functionArn: props.functionArn,
        // Lets the CDK add the permission for API Gateway to call it.
        sameEnvironment: true,
      }),
      resultsCacheTtl: ttl,
      // Without caching no header is demanded: the function sees bearer-only and cookie-only callers alike (A4).
      identitySources: cached ? [IdentitySource.header("Authorization")] : [],
    });
  }
}
