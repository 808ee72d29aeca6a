import { Duration } from "aws-cdk-lib";
import {
  Alarm,
  ComparisonOperator,
  type CreateAlarmOptions,
  type IAlarmAction,
  type IMetric,
  TreatMissingData,
} from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";
import type { ServiceMetrics } from "./service-metrics.ts";

export type ServiceAlarmsProps = {
  readonly metrics: ServiceMetrics;
  /** Told when an alarm goes off and when it is over. @default nobody: the dashboard shows it */
  readonly topic: ITopic | undefined;
  /** What `feed` authorizers promise. */
  readonly maxFeedStalenessSeconds: number;
  /** How long a key signs. */
  readonly keyRotationSeconds: number;
};

/** What a rotation may take beyond its time: publishing before signing, and a day of trouble. */
const LATE_ROTATION_SECONDS = Duration.days(2).toSeconds();

/** Below so many attempts in five minutes one person who forgot their password is a wave. */
const MIN_ATTEMPTS = 20;

type Rule = Pick<CreateAlarmOptions, "threshold" | "evaluationPeriods"> & Partial<CreateAlarmOptions>;

/**
 * What somebody should get up for. Nothing in here goes off for routine: an expired token is a refusal of the authorizer and
 * an error to Lambda, so Lambda's `Errors` of the authorizer is not watched; its faults are.
 */
export class ServiceAlarms extends Construct {
  readonly all: readonly Alarm[];
  private readonly action: IAlarmAction | undefined;

  constructor(
    scope: Construct,
    id: string,
    { metrics, topic, maxFeedStalenessSeconds, keyRotationSeconds }: ServiceAlarmsProps,
  ) {
    super(scope, id);
    this.action = topic && new SnsAction(topic);
    this.all = [
      this.alarm(
        "RefreshTokenReuse",
        "A refresh token that was rotated away came back: stolen, and its session is ended. See the event refresh_token_reused.",
        metrics.sum("RefreshTokenReuses", "reuses"),
        { threshold: 1, evaluationPeriods: 1 },
      ),
      this.alarm(
        "LoginFailureRatio",
        "Most logins fail for a quarter of an hour: an attack, or something broke that passwords depend on.",
        metrics.loginFailureRatio(MIN_ATTEMPTS),
        { threshold: 60, evaluationPeriods: 3 },
      ),
      this.alarm(
        "ServerErrors",
        "The API answers 5xx. The line with level=error in the log of the function says what failed.",
        metrics.apiSum("5XXError", "5xx"),
        { threshold: 5, evaluationPeriods: 3, datapointsToAlarm: 2 },
      ),
      this.alarm(
        "AuthorizerFaults",
        "The authorizer can judge requests neither way and they are answered 5xx: keys or sessions cannot be read.",
        metrics.sum("AuthorizerFaults", "faults"),
        { threshold: 5, evaluationPeriods: 3, datapointsToAlarm: 2 },
      ),
      this.alarm(
        "Throttled",
        "Limits stop many requests: somebody guesses, or a limit is too tight. The events request_throttled say whose.",
        metrics.sum("Throttled", "stopped"),
        { threshold: 200, evaluationPeriods: 3, datapointsToAlarm: 2 },
      ),
      this.alarm(
        "FeedAge",
        "Authorizers in feed mode cannot read revocations: an ended session may still be let in, or nobody is.",
        metrics.maximum("FeedAge", "age"),
        { threshold: maxFeedStalenessSeconds + 60, evaluationPeriods: 1 },
      ),
      this.alarm(
        "KeyAge",
        "The signing key is older than rotation leaves it, or rotate-keys does not run. It says why in its log.",
        metrics.maximum("KeyAge", "age", Duration.hours(1)),
        // It reports every hour: silence is a fault too.
        {
          // A key waits for one period and signs for the next.
          threshold: 2 * keyRotationSeconds + LATE_ROTATION_SECONDS,
          evaluationPeriods: 3,
          treatMissingData: TreatMissingData.BREACHING,
        },
      ),
    ];
  }

  private alarm(id: string, description: string, metric: IMetric, rule: Rule): Alarm {
    const alarm = new Alarm(this, id, {
      metric,
      alarmDescription: `Latchkey: ${description}`,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      ...rule,
    });
    if (this.action !== undefined) {
      alarm.addAlarmAction(this.action);
      alarm.addOkAction(this.action);
    }
    return alarm;
  }
}
