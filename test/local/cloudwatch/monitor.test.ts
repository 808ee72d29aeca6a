import { describe, expect, it } from "vitest";
import type { Assembly } from "../../../local/cloudformation/template.ts";
import { createMonitor } from "../../../local/cloudwatch/monitor.ts";
import { renderPlot } from "../../../local/cloudwatch/plot.ts";
import { createSeries, POINT_SECONDS, POINTS } from "../../../local/cloudwatch/series.ts";
import { createClock } from "../../../local/support/clock.ts";
import { aRoute } from "../support/assembly.ts";
import { aService } from "../support/service.ts";

const metric = (name: string, label: string, service = "latchkey") => [
  "Latchkey/test",
  name,
  "service",
  service,
  { label, stat: "Sum" },
];
const search = (schema: string, metricName: string) =>
  `SEARCH('{"Latchkey/test",${schema}} MetricName="${metricName}" service="latchkey"', 'Sum')`;
const body = {
  widgets: [
    { type: "text", properties: { markdown: "## Are people getting in?" } },
    { type: "metric", properties: { title: "Logins", metrics: [metric("LoginAttempts", "attempts")] } },
    { type: "metric", properties: { title: "Others", metrics: [metric("LoginAttempts", "elsewhere", "other")] } },
    {
      type: "metric",
      properties: { title: "By route", metrics: [[{ expression: search("service,route", "LoginFailures") }]] },
    },
    {
      type: "metric",
      properties: {
        title: "Ratio",
        metrics: [
          [{ expression: "IF(attempts >= 1, 100 * failures / attempts)", label: "percent" }],
          ["Latchkey/test", "LoginAttempts", "service", "latchkey", { id: "attempts", stat: "Sum", visible: false }],
          ["Latchkey/test", "LoginFailures", "service", "latchkey", { id: "failures", stat: "Sum", visible: false }],
        ],
      },
    },
    {
      type: "metric",
      properties: {
        title: "Responses",
        metrics: [
          ["AWS/ApiGateway", "Count", "ApiName", "an-api", "Stage", "test", { label: "responses", stat: "Sum" }],
        ],
      },
    },
    {
      type: "metric",
      properties: { title: "Why", metrics: [[{ expression: search("service,reason", "LoginFailures") }]] },
    },
  ],
};
const dashboard = {
  Dashboard: {
    Type: "AWS::CloudWatch::Dashboard",
    Properties: { DashboardBody: { "Fn::Join": ["", [JSON.stringify(body).slice(0, -1), "}"]] } },
  },
};
const assembly: Assembly = { directory: "", stackName: "Stack", template: { Resources: dashboard } };

const line = (fields: object) => ({ function: "login", line: JSON.stringify(fields) });

/** The lines of a failed login: the event, and a line for each set of metrics. */
const aFailedLogin = (monitor: ReturnType<typeof createMonitor>, reason: string): void => {
  const emf = (Dimensions: readonly string[][], name: string) => ({
    [name]: 1,
    service: "latchkey",
    _aws: { Timestamp: 0, CloudWatchMetrics: [{ Namespace: "Latchkey/test", Dimensions, Metrics: [{ Name: name }] }] },
  });
  monitor.line(line({ time: "2027-01-15T08:00:00Z", event: "login_failed", reason, requestId: "r-1" }));
  monitor.line(line(emf([["service"]], "LoginAttempts")));
  monitor.line(line({ ...emf([["service"], ["service", "reason"]], "LoginFailures"), reason }));
};

const getPage = (monitor: ReturnType<typeof createMonitor>): string => {
  let page = "";
  const outgoing = { writeHead: () => ({ end: (text: string) => (page = text) }) };
  monitor.serve({ method: "GET", url: "/_local" } as never, outgoing as never);
  return page;
};

describe("the page of this machine", () => {
  it("shows the plots of the stack's own dashboard, and the last events", () => {
    const monitor = createMonitor(assembly, createClock());
    aFailedLogin(monitor, "wrong_password");
    aFailedLogin(monitor, "unknown_account");
    monitor.line({ function: "login", line: "no JSON" });
    const page = getPage(monitor);
    expect(page).toContain("<h2>Are people getting in?</h2>");
    expect(page).toMatch(/attempts <b>2<\/b>/);
    expect(page).toMatch(/wrong_password <b>1<\/b>/);
    expect(page).toMatch(/unknown_account <b>1<\/b>/);
    expect(page.match(/login_failed/g)).toHaveLength(2);
  });

  it("plots only metrics with the dimensions of the plot, like CloudWatch", () => {
    const monitor = createMonitor(assembly, createClock());
    aFailedLogin(monitor, "wrong_password");
    monitor.request(401, 12);
    const page = getPage(monitor);
    expect(page).toMatch(/elsewhere <b>–<\/b>/);
    expect(page.match(/nothing yet/g)).toHaveLength(1);
    expect(page.match(/wrong_password <b>/g)).toHaveLength(1);
    expect(page).toMatch(/percent <b>100 %<\/b>/);
    expect(page).toMatch(/responses <b>1<\/b>/);
  });

  it("shows the text of clients as text, never as HTML", () => {
    const monitor = createMonitor(assembly, createClock());
    aFailedLogin(monitor, `"><script>alert(1)</script>`);
    expect(getPage(monitor)).not.toContain("<script");
  });

  it("is served beside the API, allows no script, and leaves every other path alone", async () => {
    const handler = "export const handler = async () => ({ statusCode: 200, body: 'the API' });";
    const service = await aService({
      functions: { Any: handler },
      resources: { ...aRoute({ path: "{proxy+}", function: "Any" }), ...dashboard },
    });
    const page = await fetch(`${service.url}/_local`);
    expect([page.status, page.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
    expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(await page.text()).toContain("Logins");
    for (const path of ["/_localhost", "/x/_local"]) {
      expect(await (await fetch(`${service.url}${path}`)).text()).toBe("the API");
    }
  });
});

describe("a plot", () => {
  it("gives numbers the unit that its title names, long ages in hours", () => {
    const slow = renderPlot("Login, ms", [{ label: "p50", values: [120, 340] }]);
    expect(slow).toContain("<figcaption>Login<small>highest 340 ms</small>");
    expect(slow).toContain("p50 <b>340 ms</b>");
    expect(renderPlot("Age, s", [{ label: "age", values: [14_401] }])).toContain("age <b>4.0 h</b>");
  });

  it("draws a percentage on its own axis from 0 to 100", () => {
    const guessing = renderPlot("Guessing", [
      { label: "failures", values: [100, 50], unit: "%" },
      { label: "lock-outs", values: [0, 4], total: 4 },
    ]);
    expect(guessing).toContain("<small>highest 4</small>");
    expect(guessing).toContain("failures <b>50 %</b>");
    expect(guessing).toContain("lock-outs <b>4</b>");
  });

  it("shows no height without data", () => {
    expect(renderPlot("Accounts", [{ label: "registered", values: [undefined] }])).not.toContain("highest");
  });
});

describe("a series", () => {
  it("adds up values, keeps ten minutes, and has no value for an unknown metric", () => {
    let now = 0;
    const series = createSeries(() => now);
    series.add("Logins", [1]);
    series.add("Logins", [2]);
    now += POINT_SECONDS * 1000;
    expect(series.read("Logins", "Sum").slice(-3)).toEqual([0, 3, 0]);
    now += POINTS * POINT_SECONDS * 1000;
    expect(new Set(series.read("Logins", "Sum"))).toEqual(new Set([0]));
    expect(new Set(series.read("Other", "Sum"))).toEqual(new Set([undefined]));
  });

  it("keeps the last value of a rare metric, such as an age", () => {
    let now = 0;
    const series = createSeries(() => now);
    series.add("KeyAge", [60]);
    now += 2 * POINTS * POINT_SECONDS * 1000;
    expect(series.read("KeyAge", "Maximum").at(-1)).toBe(60);
  });

  it("computes the median and the maximum", () => {
    const series = createSeries(() => 0);
    series.add("Duration", [...Array(100).keys()].reverse());
    expect(series.read("Duration", { percentile: 50 }).at(-1)).toBe(50);
    expect(series.read("Duration", { percentile: 99 }).at(-1)).toBe(99);
  });
});
