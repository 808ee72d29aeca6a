import { Duration } from "aws-cdk-lib";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import { Construct } from "constructs";
import { REVOCATIONS_INDEX } from "../../shared/contract/indexes.ts";
import type { RevocationMode } from "../../shared/contract/modes.ts";
import type { Environment } from "../environment.ts";
import type { Retention } from "../retention.ts";
import { ServiceFunction } from "./service-function.ts";
import type { Tables } from "./tables.ts";

/** The properties of `AuthorizerFunctions`. */
export type AuthorizerFunctionsProps = {
  /** The bundle of `functions/authorizer/index.ts`. */
  readonly bundle: string;
  readonly tables: Tables;
  readonly environment: Environment;
  /** The id of the REST API of the service itself. Its 401 and 403 are made in another way (docs/decisions/0024). */
  readonly ownApiId: string;
  readonly retention: Retention;
};

/**
 * The authorizer as three functions, one for each revocation mode. Each API chooses its mode and so its cost. All three may read the
 * public keys. `feed` may also query the index of revocations, and `lookup` may also read the row of a session.
 */
export class AuthorizerFunctions extends Construct {
  /** The function of each mode. */
  readonly byMode: Readonly<Record<RevocationMode, ServiceFunction>>;

  constructor(scope: Construct, id: string, props: AuthorizerFunctionsProps) {
    super(scope, id);
    const { keys, sessions } = props.tables;
    const readSession = new PolicyStatement({ actions: ["dynamodb:GetItem"], resources: [sessions.tableArn] });
    const readFeed = new PolicyStatement({
      actions: ["dynamodb:Query"],
      resources: [`${sessions.tableArn}/index/${REVOCATIONS_INDEX}`],
    });

    const authorizer = (name: string, mode: RevocationMode, revocations: readonly PolicyStatement[]) => {
      const { ISSUER, AUDIENCES, CLOCK_TOLERANCE_SECONDS, REQUIRED_SCOPES } = props.environment;
      const { ALLOWED_ORIGINS, METRICS_NAMESPACE } = props.environment;
      const { FEED_SHARDS, MAX_FEED_STALENESS_SECONDS, FEED_WHEN_UNREADABLE } = props.environment;
      return new ServiceFunction(this, name, {
        bundle: props.bundle,
        description: `API Gateway authorizer, revocation mode ${mode}`,
        // An HTTP API waits ten seconds for its authorizer, which is too long for a caller.
        timeout: Duration.seconds(5),
        environment: {
          ISSUER,
          AUDIENCES,
          CLOCK_TOLERANCE_SECONDS,
          REQUIRED_SCOPES,
          ALLOWED_ORIGINS,
          METRICS_NAMESPACE,
          REVOCATION_MODE: mode,
          OWN_API_ID: props.ownApiId,
          KEYS_TABLE: keys.tableName,
          ...(mode === "stateless" ? {} : { SESSIONS_TABLE: sessions.tableName, FEED_SHARDS }),
          ...(mode === "feed" ? { MAX_FEED_STALENESS_SECONDS, FEED_WHEN_UNREADABLE } : {}),
        },
        statements: [
          new PolicyStatement({ actions: ["dynamodb:GetItem"], resources: [keys.tableArn] }),
          ...revocations,
        ],
        retention: props.retention,
      });
    };
    this.byMode = {
      stateless: authorizer("Stateless", "stateless", []),
      feed: authorizer("Feed", "feed", [readFeed]),
      lookup: authorizer("Lookup", "lookup", [readSession]),
    };
  }
}
