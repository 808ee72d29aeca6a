import { Duration } from "aws-cdk-lib";
import {
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type IAlarm,
  type IMetric,
  type IWidget,
  PeriodOverride,
  TextWidget,
} from "aws-cdk-lib/aws-cloudwatch";
import { Construct } from "constructs";
import type { MetricName } from "../../shared/contract/metrics.ts";
import type { ServiceMetrics } from "./service-metrics.ts";

/** The properties of `ServiceDashboard`. */
export type ServiceDashboardProps = {
  /** Unique in the account, because an account has one list of dashboards for all regions. */
  readonly name: string;
  readonly metrics: ServiceMetrics;
  /** The alarms in the first row. */
  readonly alarms: readonly IAlarm[];
};

const THIRD = 8;
const HOUR_IN_MINUTES = 60;

/**
 * The CloudWatch dashboard of one deployment. It shows whether users can log in, whether somebody attacks, whether anything is slow,
 * and whether keys and revocations are fresh.
 */
export class ServiceDashboard extends Construct {
  constructor(scope: Construct, id: string, { name, metrics, alarms }: ServiceDashboardProps) {
    super(scope, id);
    new Dashboard(this, "Dashboard", {
      dashboardName: name,
      defaultInterval: Duration.hours(12),
      periodOverride: PeriodOverride.INHERIT,
      widgets: [
        [new AlarmStatusWidget({ title: "Alarms", width: 3 * THIRD, height: 2, alarms: [...alarms] })],
        heading("Are people getting in?"),
        [
          graph("Logins", [
            metrics.sum("LoginAttempts", "attempts"),
            metrics.sum("LoginSuccesses", "successes"),
            metrics.sum("LoginFailures", "failures"),
          ]),
          graph("Why logins fail", [metrics.sumBy("LoginFailures", ["reason"])]),
          graph("Refreshes", [
            metrics.sum("Refreshes", "refreshed"),
            metrics.sum("RefreshReplays", "replayed"),
            metrics.sum("RefreshRejections", "rejected"),
          ]),
        ],
        [
          graph("Requests at the authorizer", [
            metrics.sum("AuthorizerAllowed", "allowed"),
            metrics.sum("AuthorizerRejected", "rejected (401)"),
            metrics.sum("AuthorizerDenied", "denied (403)"),
            metrics.sum("AuthorizerFaults", "faults"),
          ]),
          graph("Responses", [
            metrics.apiSum("Count", "all"),
            metrics.apiSum("4XXError", "4xx"),
            metrics.apiSum("5XXError", "5xx"),
          ]),
          graph("Accounts", [
            metrics.sum("Registrations", "registered"),
            metrics.sum("PasswordChanges", "passwords changed"),
          ]),
        ],
        heading("Is someone attacking?"),
        [
          graph("Stopped by a limit", [metrics.sumBy("Throttled", ["route", "limit"])]),
          graph("Guessing", [
            metrics.loginFailureRatio(1),
            metrics.sum("LockOuts", "lock-outs"),
            metrics.sum("PasswordChangeFailures", "wrong at a password change"),
          ]),
          graph("Tokens", [
            metrics.sum("RefreshTokenReuses", "reuses"),
            metrics.sumBy("SessionsRevoked", ["reason"]),
            metrics.sumBy("RefreshRejections", ["reason"]),
          ]),
        ],
        heading("Is anything slow?"),
        [
          graph("Login, ms", percentiles(metrics, "LoginDuration")),
          graph("Refresh, ms", percentiles(metrics, "RefreshDuration")),
          graph("Authorizer, ms", percentiles(metrics, "AuthorizerDuration")),
        ],
        [graph("The API as a client sees it, ms", [metrics.apiLatency(50, "p50"), metrics.apiLatency(99, "p99")])],
        heading("Are keys and revocations fresh?"),
        [
          graph("Age of the signing key, s", [metrics.maximum("KeyAge", "age", Duration.minutes(HOUR_IN_MINUTES))]),
          graph("Age of the revocation feed, s", [metrics.maximum("FeedAge", "age")]),
          graph("Readings that failed", [
            metrics.sum("FeedUnreadable", "revocation feed"),
            metrics.sum("BreachLookupFailures", "breached passwords"),
          ]),
        ],
      ],
    });
  }
}

const heading = (text: string): IWidget[] => [new TextWidget({ markdown: `## ${text}`, width: 3 * THIRD, height: 1 })];

const graph = (title: string, left: IMetric[]): GraphWidget =>
  new GraphWidget({ title, left, width: THIRD, height: 6, leftYAxis: { min: 0, showUnits: false } });

const percentiles = (metrics: ServiceMetrics, metricName: MetricName): IMetric[] => [
  metrics.percentile(metricName, 50, "p50"),
  metrics.percentile(metricName, 99, "p99"),
];
