import { RemovalPolicy } from "aws-cdk-lib";
import { RetentionDays } from "aws-cdk-lib/aws-logs";
import type { Settings } from "./settings.ts";

/** What outlives the stack, and how long logs are kept (I3, I4). */
export type Retention = {
  readonly removalPolicy: RemovalPolicy;
  /** Point-in-time recovery and protection against deletion. */
  readonly protectData: boolean;
  readonly logs: RetentionDays;
};

/** A year of logs answers who signed in where when an intrusion is found late; dev leaves nothing behind. */
export const toRetention = (stage: Settings["stage"]): Retention =>
  stage === "prod"
    ? { removalPolicy: RemovalPolicy.RETAIN, protectData: true, logs: RetentionDays.ONE_YEAR }
    : { removalPolicy: RemovalPolicy.DESTROY, protectData: false, logs: RetentionDays.TWO_WEEKS };
