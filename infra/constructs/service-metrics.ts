import { Duration } from "aws-cdk-lib";
import { MathExpression, Metric, type MetricProps, Stats } from "aws-cdk-lib/aws-cloudwatch";
import { METRICS_SERVICE, type MetricName } from "../../shared/contract/metrics.ts";

/**
 * Creates the metrics of one deployment for alarms and graphs: the metrics that the functions write (docs/audit-events.md), and
 * the metrics of API Gateway. A test compares the names with the metrics that the functions write.
 */
export class ServiceMetrics {
  private readonly namespace: string;
  private readonly api: { readonly name: string; readonly stage: string };

  constructor(namespace: string, api: { readonly name: string; readonly stage: string }) {
    this.namespace = namespace;
    this.api = api;
  }

  /** The sum of a metric over each period. */
  sum(metricName: MetricName, label: string, period: Duration = Duration.minutes(5)): Metric {
    return this.ofService({ metricName, label, period, statistic: Stats.SUM });
  }

  /** The greatest value of a metric in each period. */
  maximum(metricName: MetricName, label: string, period: Duration = Duration.minutes(5)): Metric {
    return this.ofService({ metricName, label, period, statistic: Stats.MAXIMUM });
  }

  /** A percentile of a metric over five minutes. */
  percentile(metricName: MetricName, percent: number, label: string): Metric {
    return this.ofService({ metricName, label, period: Duration.minutes(5), statistic: Stats.percentile(percent) });
  }

  /** The sum of a metric over five minutes, with one line for each combination of values of the fields (dimensions). */
  sumBy(metricName: MetricName, fields: readonly string[]): MathExpression {
    const search = `{"${this.namespace}",service,${fields.join(",")}} MetricName="${metricName}" service="${METRICS_SERVICE}"`;
    return new MathExpression({
      expression: `SEARCH('${search}', 'Sum')`,
      label: "",
      usingMetrics: {},
      period: Duration.minutes(5),
    });
  }

  /** The percentage of logins that failed in five minutes. No value while there are fewer than `minAttempts` attempts. */
  loginFailureRatio(minAttempts: number): MathExpression {
    return new MathExpression({
      expression: `IF(attempts >= ${minAttempts}, 100 * failures / attempts)`,
      label: "failures, percent of attempts",
      usingMetrics: {
        attempts: this.sum("LoginAttempts", "attempts"),
        failures: this.sum("LoginFailures", "failures"),
      },
      period: Duration.minutes(5),
    });
  }

  /** The sum of a metric of API Gateway over five minutes. */
  apiSum(metricName: "Count" | "4XXError" | "5XXError", label: string): Metric {
    return this.ofApi(metricName, Stats.SUM, label);
  }

  /** A percentile of the milliseconds that API Gateway takes for a request, over five minutes. */
  apiLatency(percent: number, label: string): Metric {
    return this.ofApi("Latency", Stats.percentile(percent), label);
  }

  private ofService(props: Pick<MetricProps, "metricName" | "label" | "period" | "statistic">): Metric {
    return new Metric({ namespace: this.namespace, dimensionsMap: { service: METRICS_SERVICE }, ...props });
  }

  private ofApi(metricName: string, statistic: string, label: string): Metric {
    return new Metric({
      namespace: "AWS/ApiGateway",
      metricName,
      dimensionsMap: { ApiName: this.api.name, Stage: this.api.stage },
      label,
      period: Duration.minutes(5),
      statistic,
    });
  }
}
