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

/** The properties of `ServiceAlarms`. */
export type ServiceAlarmsProps = {
  /** The metrics of the deployment. */
  readonly metrics: ServiceMetrics;
  /** Receives a message when an alarm starts and when it ends. @default none: only the dashboard shows alarms */
  readonly topic: ITopic | undefined;
  /** The promise of `feed` authorizers. */
  readonly maxFeedStalenessSeconds: number;
  /** How long a key signs. */
  readonly keyRotationSeconds: number;
};

/** How late a rotation may be: two days, for the time between publishing and signing and for failed runs. */
const LATE_ROTATION_SECONDS = Duration.days(2).toSeconds();

/** With fewer attempts in five minutes the ratio says nothing: one user who forgot the password would be an alarm. */
const MIN_ATTEMPTS = 20;

type Rule = Pick<CreateAlarmOptions, "threshold" | "evaluationPeriods"> & Partial<CreateAlarmOptions>;

/**
 * The alarms of one deployment. Each one needs an operator at once, and none goes off in normal operation.
 *
 * The metric `Errors` of the authorizer's Lambda function is not watched, because it also counts expired tokens: the authorizer
 * rejects them by an error. The alarm `AuthorizerFaults` counts faults only.
 */
export class ServiceAlarms extends Construct {
  /** Every alarm, for the dashboard. */
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
        "A refresh token was used after it was rotated away. It may be stolen, and its session is revoked. See the event refresh_token_reused.",
        metrics.sum("RefreshTokenReuses", "reuses"),
        { threshold: 1, evaluationPeriods: 1 },
      ),
      this.alarm(
        "LoginFailureRatio",
        "Most logins fail for a quarter of an hour: an attack, or a fault in the check of passwords.",
        metrics.loginFailureRatio(MIN_ATTEMPTS),
        { threshold: 60, evaluationPeriods: 3 },
      ),
      this.alarm(
        "ServerErrors",
        "The API responds 5xx. The line with level=error in the log of the function names the cause.",
        metrics.apiSum("5XXError", "5xx"),
        { threshold: 5, evaluationPeriods: 3, datapointsToAlarm: 2 },
      ),
      this.alarm(
        "AuthorizerFaults",
        "The authorizer cannot decide about requests, and they get 5xx: keys or sessions cannot be read.",
        metrics.sum("AuthorizerFaults", "faults"),
        { threshold: 5, evaluationPeriods: 3, datapointsToAlarm: 2 },
      ),
      this.alarm(
        "Throttled",
        "Limits reject many requests: somebody guesses passwords, or a limit is too low. The events request_throttled name the callers.",
        metrics.sum("Throttled", "stopped"),
        { threshold: 200, evaluationPeriods: 3, datapointsToAlarm: 2 },
      ),
      this.alarm(
        "FeedAge",
        "Authorizers in feed mode cannot read revocations. As the setting says, they accept revoked sessions or reject all requests.",
        metrics.maximum("FeedAge", "age"),
        { threshold: maxFeedStalenessSeconds + 60, evaluationPeriods: 1 },
      ),
      this.alarm(
        "KeyAge",
        "The signing key is too old, or rotate-keys does not run. Its log names the cause.",
        metrics.maximum("KeyAge", "age", Duration.hours(1)),
        // rotate-keys reports every hour, so missing data is a fault too.
        {
          // A key waits for one period and signs for the next period.
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
