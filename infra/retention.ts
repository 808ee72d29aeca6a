import { RemovalPolicy } from "aws-cdk-lib";
import { RetentionDays } from "aws-cdk-lib/aws-logs";
import type { Settings } from "./settings.ts";

/** What outlives the stack, and how long logs are kept (I3, I4). */
export type Retention = {
  /** Of what holds accounts and keys. */
  readonly removalPolicy: RemovalPolicy;
  /**
   * Of logs and of the key of the alarms. They stay like the data, but go when the deployment that made them fails: they are
   * empty then, and each new try would leave another set (`RetainExceptOnCreate`).
   */
  readonly logRemovalPolicy: RemovalPolicy;
  /** Point-in-time recovery and protection against deletion. */
  readonly protectData: boolean;
  readonly logs: RetentionDays;
};

/** A year of logs answers who signed in where when an intrusion is found late; dev leaves nothing behind. */
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
