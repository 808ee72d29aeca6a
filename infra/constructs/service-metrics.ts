import { Duration } from "aws-cdk-lib";
import { MathExpression, Metric, type MetricProps, Stats } from "aws-cdk-lib/aws-cloudwatch";

/** The dimension that every metric of the functions has: `shared/metrics/publish-metrics.ts`. */
const SERVICE = "latchkey";

/**
 * The metrics of one deployment: ours by their names, as the functions write them (docs/audit-events.md), and API
 * Gateway's. A test holds the names against what the functions really emit.
 */
export class ServiceMetrics {
  private readonly namespace: string;
  private readonly api: { readonly name: string; readonly stage: string };

  constructor(namespace: string, api: { readonly name: string; readonly stage: string }) {
    this.namespace = namespace;
    this.api = api;
  }

  sum(metricName: string, label: string, period: Duration = Duration.minutes(5)): Metric {
    return this.ofService({ metricName, label, period, statistic: Stats.SUM });
  }

  maximum(metricName: string, label: string, period: Duration = Duration.minutes(5)): Metric {
    return this.ofService({ metricName, label, period, statistic: Stats.MAXIMUM });
  }

  percentile(metricName: string, percent: number, label: string): Metric {
    return this.ofService({ metricName, label, period: Duration.minutes(5), statistic: Stats.percentile(percent) });
  }

  /** One line for each value of the fields that a metric is told apart by. */
  sumBy(metricName: string, fields: readonly string[]): MathExpression {
    const search = `{"${this.namespace}",service,${fields.join(",")}} MetricName="${metricName}" service="${SERVICE}"`;
    return new MathExpression({
      expression: `SEARCH('${search}', 'Sum')`,
      label: "",
      usingMetrics: {},
      period: Duration.minutes(5),
    });
  }

  /** Percent of the attempts that failed; none while there are too few to say. */
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

  apiSum(metricName: "Count" | "4XXError" | "5XXError", label: string): Metric {
    return this.ofApi(metricName, Stats.SUM, label);
  }

  apiLatency(percent: number, label: string): Metric {
    return this.ofApi("Latency", Stats.percentile(percent), label);
  }

  private ofService(props: Pick<MetricProps, "metricName" | "label" | "period" | "statistic">): Metric {
    return new Metric({ namespace: this.namespace, dimensionsMap: { service: SERVICE }, ...props });
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
