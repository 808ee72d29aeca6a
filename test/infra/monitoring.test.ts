import { rmSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { parseSettings, SettingsError } from "../../infra/parse-settings.ts";
import { anEventOfEach } from "../support/audit-events.ts";
import { emittedMetrics } from "../support/emitted-metrics.ts";
import { getTemplate, latchkeyApp } from "./synthesize.ts";

const TOPIC = "arn:aws:sns:eu-central-1:123456789012:on-call";
const { app, stack } = latchkeyApp({ stage: "prod", alarmTopicArn: TOPIC });
const template = getTemplate(stack);
afterAll(() => rmSync(app.outdir, { recursive: true }));

/** A metric as CloudWatch finds it: the name and exactly these dimensions. A search has only the names of some dimensions. */
type Reading = { readonly name: string; readonly dimensions: Readonly<Record<string, string | undefined>> };

/** The text of a dashboard. A reference is replaced by the word `reference`. */
const text = (value: unknown): string => {
  if (typeof value === "string") return value;
  const [, parts] = (value as { "Fn::Join": [string, unknown[]] })["Fn::Join"];
  return parts.map((part) => (typeof part === "string" ? part : "reference")).join("");
};

const dashboards = Object.values(template.findResources("AWS::CloudWatch::Dashboard"));
const alarms = Object.values(template.findResources("AWS::CloudWatch::Alarm")).map(({ Properties }) => Properties);
const body = JSON.parse(text(dashboards[0]?.["Properties"].DashboardBody));

const inPairs = (items: readonly unknown[]): Reading["dimensions"] =>
  Object.fromEntries(items.flatMap((item, index) => (index % 2 === 0 ? [[item, items[index + 1]]] : [])));

/** A metric of a widget is `[namespace, name, dimension, value, …, options]` or, for an expression, `[{ expression }]`. */
const onDashboard: readonly Reading[] = body.widgets
  .flatMap((widget: { properties: { metrics?: [unknown, ...unknown[]][] } }) => widget.properties.metrics ?? [])
  .flatMap(([first, name, ...rest]: readonly unknown[]): Reading[] => {
    if (first === "Latchkey/prod") return [{ name: String(name), dimensions: inPairs(rest.slice(0, -1)) }];
    const { expression = "" } = first as { expression?: string };
    const [, schema = "", searched, service] =
      /^SEARCH\('\{"Latchkey\/prod",([\w,]+)\} MetricName="(\w+)" service="(\w+)"'/.exec(expression) ?? [];
    if (searched === undefined) return [];
    return [{ name: searched, dimensions: { ...inPairs(schema.split(",").flatMap((n) => [n, undefined])), service } }];
  });

/** The metrics of an alarm: one metric, or several in an expression. */
const metricsIn = ({ Namespace, MetricName, Dimensions, Metrics = [] }: (typeof alarms)[number]) => [
  ...(MetricName === undefined ? [] : [{ Namespace, MetricName, Dimensions }]),
  ...Metrics.flatMap((each: { MetricStat?: { Metric: object } }) => each.MetricStat?.Metric ?? []),
];

const inAlarms: readonly Reading[] = alarms
  .flatMap(metricsIn)
  .filter((metric) => metric.Namespace === "Latchkey/prod")
  .map(({ MetricName, Dimensions = [] }) => ({
    name: MetricName,
    dimensions: inPairs(Dimensions.flatMap((each: { Name: string; Value: string }) => [each.Name, each.Value])),
  }));

const emitted = emittedMetrics(anEventOfEach, "Latchkey/prod");
const isEmitted = ({ name, dimensions }: Reading): boolean =>
  emitted
    .filter((metric) => metric.name === name && metric.namespace === "Latchkey/prod")
    .some((metric) => metric.dimensions.some((written) => matchesDimensions(dimensions, written)));

/** Whether the names are the same in the same order, and the values are the same if the reading has values. */
const matchesDimensions = (read: Reading["dimensions"], written: Readonly<Record<string, unknown>>): boolean =>
  Object.keys(read).join() === Object.keys(written).join() &&
  Object.entries(read).every(([name, value]) => value === undefined || value === written[name]);

describe("the dashboard", () => {
  it("is the only one, and has the four questions of an operator as headings", () => {
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

  it("has only metrics that the functions write, with the same dimensions, and so have the alarms", () => {
    expect(onDashboard.length).toBeGreaterThan(25);
    expect(onDashboard.filter(({ dimensions }) => Object.keys(dimensions).length > 1)).toHaveLength(4);
    for (const { dimensions } of [...onDashboard, ...inAlarms])
      expect(dimensions).toMatchObject({ service: "latchkey" });
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

  it("sends a message to the topic of the setting when it starts and when it ends", () => {
    for (const { AlarmActions, OKActions } of alarms) {
      expect([AlarmActions, OKActions]).toEqual([[TOPIC], [TOPIC]]);
    }
  });

  it("does not watch the errors of Lambda, which count every expired token of the authorizer", () => {
    expect(JSON.stringify(alarms)).not.toContain("AWS/Lambda");
  });

  it("lets a key wait for one period and sign for the next period before the key is too old", () => {
    const keyAge = alarms.find((alarm) => metricsIn(alarm).some(({ MetricName }) => MetricName === "KeyAge"));
    expect(keyAge?.["Threshold"]).toBe((2 * 30 + 2) * 86_400);
  });

  it("treats missing data as a fault for rotate-keys only", () => {
    const silent = alarms.filter(({ TreatMissingData }) => TreatMissingData === "breaching");
    expect(silent.flatMap(metricsIn)).toMatchObject([{ MetricName: "KeyAge" }]);
  });
});

describe("a function", () => {
  const properties = Object.values(template.findResources("AWS::Lambda::Function")).map(({ Properties }) => Properties);

  it("has no setting of Lambda or Powertools that drops or changes lines of the log or metrics", () => {
    for (const { Environment, LoggingConfig = {} } of properties) {
      const names = Object.keys(Environment?.Variables ?? {});
      expect(names.filter((name) => /^POWERTOOLS_|LOG_LEVEL|^TZ$/.test(name))).toEqual([]);
      // Lambda filters by level where the format is JSON, and the level of a line without one is INFO.
      expect(Object.keys(LoggingConfig).filter((name) => name !== "LogGroup")).toEqual([]);
    }
  });
});

describe("the settings of alarms", () => {
  it("create a topic for a mailbox, to which CloudWatch may publish, with TLS only", () => {
    const mailed = latchkeyApp({ alarmEmail: "ops@example.com" });
    const policies = getTemplate(mailed.stack).findResources("AWS::SNS::TopicPolicy");
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
  ])("reject %j", (settings) => {
    expect(() => parseSettings(settings)).toThrow(SettingsError);
  });
});
