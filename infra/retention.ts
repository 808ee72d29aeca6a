import { RemovalPolicy } from "aws-cdk-lib";
import { RetentionDays } from "aws-cdk-lib/aws-logs";
import type { Settings } from "./settings.ts";

/** Which resources stay after the stack is deleted, and how long logs are kept (I3, I4). */
export type Retention = {
  /** The policy of tables and secrets, which hold accounts and keys. */
  readonly removalPolicy: RemovalPolicy;
  /**
   * The policy of logs and of the encryption key of alarms. They stay like the data, but are deleted if the deployment that created
   * them fails (`RetainExceptOnCreate`). They are empty then, and each further try would leave another set.
   */
  readonly logRemovalPolicy: RemovalPolicy;
  /** Whether tables have point-in-time recovery, and whether tables and the stack are protected against deletion. */
  readonly protectData: boolean;
  /** How long log lines are kept. */
  readonly logs: RetentionDays;
};

/** Returns the retention of a stage. `prod` keeps logs for a year, because an intrusion may be found late. `dev` keeps nothing. */
export const toRetention = (stage: Settings["stage"]): Retention =>
  stage === "prod"
    ? {
        removalPolicy: RemovalPolicy.RETAIN,
        logRemovalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        protectData: true,
        logs: RetentionDays.ONE_YEAR,
      }
    : {
        removalPolicy: RemovalPolicy.DESTROY,
        logRemovalPolicy: RemovalPolicy.DESTROY,
        protectData: false,
        logs: RetentionDays.TWO_WEEKS,
      };
