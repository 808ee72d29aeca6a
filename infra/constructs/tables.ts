import { Validations } from "aws-cdk-lib";
import { AttributeType, BillingMode, ProjectionType, Table, TableEncryption } from "aws-cdk-lib/aws-dynamodb";
import { Construct } from "constructs";
import { LIVE_SESSIONS_INDEX, REVOCATIONS_INDEX } from "../../shared/contract/indexes.ts";
import type { Retention } from "../retention.ts";

/**
 * The tables Users, Sessions, Throttle and Keys: on demand, encrypted, with TTL on `expiresAt` (epoch seconds).
 *
 * Keys holds public keys only. They have a table of their own, so that the authorizer reads them with one GetItem and has no access
 * to the secret.
 */
export class Tables extends Construct {
  readonly users: Table;
  readonly sessions: Table;
  readonly throttle: Table;
  readonly keys: Table;

  constructor(scope: Construct, id: string, retention: Retention) {
    super(scope, id);
    const byPk = { partitionKey: { name: "pk", type: AttributeType.STRING } };
    const common = {
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.AWS_MANAGED,
      timeToLiveAttribute: "expiresAt",
      removalPolicy: retention.removalPolicy,
      deletionProtection: retention.protectData,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: retention.protectData },
    };

    this.users = new Table(this, "Users", { ...byPk, ...common });
    this.sessions = new Table(this, "Sessions", {
      partitionKey: { name: "userId", type: AttributeType.STRING },
      sortKey: { name: "sessionId", type: AttributeType.STRING },
      ...common,
    });
    this.sessions.addGlobalSecondaryIndex({
      indexName: REVOCATIONS_INDEX,
      // A row has these attributes only after a revocation or a password change. The index therefore has no other rows.
      partitionKey: { name: "feedBucket", type: AttributeType.STRING },
      sortKey: { name: "feedAt", type: AttributeType.NUMBER },
      projectionType: ProjectionType.INCLUDE,
      nonKeyAttributes: ["revokedAt", "credentialVersion"],
    });
    this.sessions.addLocalSecondaryIndex({
      indexName: LIVE_SESSIONS_INDEX,
      // A revocation removes the attribute. The index therefore has no revoked row (docs/decisions/0023).
      sortKey: { name: "liveUntil", type: AttributeType.NUMBER },
      projectionType: ProjectionType.ALL,
    });
    this.throttle = new Table(this, "Throttle", { ...byPk, ...common });
    this.keys = new Table(this, "Keys", { ...byPk, ...common });

    if (!retention.protectData) {
      Validations.of(this).acknowledge({
        id: "AwsSolutions-DDB3",
        reason: "The dev stage holds throw-away data; the prod stage has point-in-time recovery.",
      });
    }
  }
}
