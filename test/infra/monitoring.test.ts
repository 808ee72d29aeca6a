import { rmSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { parseSettings, SettingsError } from "../../infra/settings.ts";
import { anEventOfEach } from "../support/audit-events.ts";
import { emittedMetrics } from "../support/emitted-metrics.ts";
import { latchkeyApp, templateOf } from "./synthesize.ts";

const TOPIC = "arn:aws:sns:eu-central-1:123456789012:on-call";
const { app, stack } = latchkeyApp({ stage: "prod", alarmTopicArn: TOPIC });
const template = templateOf(stack);
afterAll(() => rmSync(app.outdir, { recursive: true }));

type Reading = { readonly name: string; readonly by: readonly string[] };

/** The text of a dashboard, with something in the place of references. */
const text = (value: unknown): string => {
  if (typeof value === "string") return value;
  const [, parts] = (value as { "Fn::Join": [string, unknown[]] })["Fn::Join"];
  return parts.map((part) => (typeof part === "string" ? part : "reference")).join("");
};

const dashboards = Object.values(template.findResources("AWS::CloudWatch::Dashboard"));
const alarms = Object.values(template.findResources("AWS::CloudWatch::Alarm")).map(({ Properties }) => Properties);
const body = JSON.parse(text(dashboards[0]?.["Properties"].DashboardBody));

/** A widget's line is `[namespace, name, ...]` or, for an expression, `[{ expression }]`. */
const onDashboard: readonly Reading[] = body.widgets
  .flatMap((widget: { properties: { metrics?: [unknown, ...unknown[]][] } }) => widget.properties.metrics ?? [])
  .flatMap(([first, name]: readonly unknown[]): Reading[] => {
    if (first === "Latchkey/prod") return [{ name: String(name), by: [] }];
    const { expression = "" } = first as { expression?: string };
    const [, by = "", searched] = /^SEARCH\('\{"Latchkey\/prod",([\w,]+)\} MetricName="(\w+)"'/.exec(expression) ?? [];
    return searched === undefined ? [] : [{ name: searched, by: by.split(",") }];
  });

/** What an alarm reads, be it one metric or several in an expression. */
const metricsIn = ({ Namespace, MetricName, Metrics = [] }: (typeof alarms)[number]) => [
  ...(MetricName === undefined ? [] : [{ Namespace, MetricName }]),
  ...Metrics.flatMap((each: { MetricStat?: { Metric: object } }) => each.MetricStat?.Metric ?? []),
];

const inAlarms: readonly Reading[] = alarms
  .flatMap(metricsIn)
  .filter((metric) => metric.Namespace === "Latchkey/prod")
  .map((metric) => ({ name: metric.MetricName, by: [] }));

const emitted = emittedMetrics(anEventOfEach, "Latchkey/prod");
const isEmitted = ({ name, by }: Reading): boolean =>
  emitted.some((metric) => metric.name === name && (by.length === 0 || metric.by.join() === by.join()));

describe("the dashboard", () => {
  it("is one, and asks the four questions an operator has", () => {
    expect(dashboards).toHaveLength(1);
    // An account has one list of dashboards for all regions.
    expect(text(dashboards[0]?.["Properties"].DashboardName)).toBe("latchkey-prod-reference");
    const headings = body.widgets.flatMap((widget: { properties: { markdown?: string } }) =>
      widget.properties.markdown === undefined ? [] : [widget.properties.markdown],
    );
    expect(headings).toEqual([
      "## Are people getting in?",
      "## Is someone attacking?",
      "## Is anything slow?",
      "## Are keys and revocations fresh?",
    ]);
  });

  it("names no metric that the functions do not write, and neither do the alarms", () => {
    expect(onDashboard.length).toBeGreaterThan(25);
    expect([...onDashboard, ...inAlarms].filter((reading) => !isEmitted(reading))).toEqual([]);
  });

  it("shows every metric that the functions write", () => {
    const shown = new Set(onDashboard.map(({ name }) => name));
    expect([...new Set(emitted.map(({ name }) => name))].filter((name) => !shown.has(name))).toEqual([]);
  });
});

describe("an alarm", () => {
  it("watches reuse, failing logins, 5xx, faults of the authorizer, throttling, and the age of feed and keys", () => {
    const watched = inAlarms.map(({ name }) => name).sort();
    expect(watched).toEqual([
      "AuthorizerFaults",
      "FeedAge",
      "KeyAge",
      "LoginAttempts",
      "LoginFailures",
      "RefreshTokenReuses",
      "Throttled",
    ]);
    const others = alarms.flatMap(metricsIn).filter((metric) => metric.Namespace !== "Latchkey/prod");
    expect(others).toMatchObject([{ Namespace: "AWS/ApiGateway", MetricName: "5XXError" }]);
  });

  it("goes to the topic of the setting, when it starts and when it is over", () => {
    for (const { AlarmActions, OKActions } of alarms) {
      expect([AlarmActions, OKActions]).toEqual([[TOPIC], [TOPIC]]);
    }
  });

  it("is not about Lambda's errors, which count every expired token of the authorizer", () => {
    expect(JSON.stringify(alarms)).not.toContain("AWS/Lambda");
  });

  it("takes the silence of rotate-keys for a fault, and no other", () => {
    const silent = alarms.filter(({ TreatMissingData }) => TreatMissingData === "breaching");
    expect(silent.flatMap(metricsIn)).toMatchObject([{ MetricName: "KeyAge" }]);
  });
});

describe("the settings of alarms", () => {
  it("make a topic that CloudWatch may publish to, by TLS alone, for a mailbox", () => {
    const mailed = latchkeyApp({ alarmEmail: "ops@example.com" });
    const policies = templateOf(mailed.stack).findResources("AWS::SNS::TopicPolicy");
    rmSync(mailed.app.outdir, { recursive: true });
    const statements = Object.values(policies).flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
    expect(statements).toEqual([
      expect.objectContaining({ Effect: "Deny", Condition: { Bool: { "aws:SecureTransport": "false" } } }),
      expect.objectContaining({
        Effect: "Allow",
        Action: "sns:Publish",
        Principal: { Service: "cloudwatch.amazonaws.com" },
        Condition: { StringEquals: { "aws:SourceAccount": { Ref: "AWS::AccountId" } } },
      }),
    ]);
  });

  it.each([
    { alarmTopicArn: "on-call" },
    { alarmTopicArn: "arn:aws:sqs:eu-central-1:123456789012:on-call" },
    { alarmEmail: "ops" },
    { alarmEmail: "ops@example.com", alarmTopicArn: TOPIC },
  ])("refuse %j", (settings) => {
    expect(() => parseSettings(settings)).toThrow(SettingsError);
  });
});
