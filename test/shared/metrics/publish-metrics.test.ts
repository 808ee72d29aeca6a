import { describe, expect, it } from "vitest";
import { metricsPublisher, type PublishMetrics } from "../../../shared/metrics/publish-metrics.ts";
import { metricsIn } from "../../support/emitted-metrics.ts";
import { printedBy } from "../../support/printed.ts";
import { aClock } from "../../support/time.ts";

const printedLines = (publish: (publish: PublishMetrics) => void): readonly string[] =>
  printedBy(() => publish(metricsPublisher("Latchkey/test", aClock().now)));
const count = (name: string) => ({ name, unit: "Count", value: 1 }) as const;

describe("metrics", () => {
  it.each([99, 100, 101, 250])(
    "with %i values are written in one line, with the other metrics and at most 99 values",
    (values) => {
      const many = { name: "Duration", unit: "Milliseconds", value: Array(values).fill(1) } as const;
      const lines = printedLines((publish) => publish([count("Before"), many, count("After")]));
      expect(lines).toHaveLength(1);
      expect(JSON.parse(lines[0] ?? "")).toMatchObject({ Before: 1, Duration: Array(99).fill(1), After: 1 });
    },
  );

  it("of an empty list write no line", () => {
    expect(printedLines((publish) => publish([]))).toEqual([]);
  });

  it.each([{}, { reason: "" }, { reason: 7 }, { reason: ["a"] }])(
    "have no dimension of a field that is not a text: %j",
    (fields) => {
      const [metric] = metricsIn(
        printedLines((publish) => publish([{ ...count("Failures"), by: ["reason"] }], { fields })),
      );
      expect(metric?.dimensions).toEqual([{ service: "latchkey" }]);
    },
  );

  it("contain no control character, line separator or bidirectional mark (G4)", () => {
    const unsafe = "a\u007f\u0085\u2028\u202e\u2066b";
    const context = { fields: { route: unsafe }, note: { cause: unsafe } };
    const [line = ""] = printedLines((publish) => publish([{ ...count("Throttled"), by: ["route"] }], context));
    expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    expect(JSON.parse(line)).toMatchObject({ route: unsafe, cause: unsafe });
  });

  it("have only the dimensions and the note of their own call", () => {
    const lines = printedLines((publish) => {
      const context = { fields: { route: "login", limit: "account" }, note: { cause: "TypeError" } };
      publish([{ ...count("Throttled"), by: ["route", "limit"] }, count("Others")], context);
      publish([count("Last")]);
    });
    const service = { service: "latchkey" };
    const namespace = "Latchkey/test";
    expect(metricsIn(lines)).toEqual([
      { name: "Others", namespace, dimensions: [service] },
      { name: "Throttled", namespace, dimensions: [service, { ...service, route: "login", limit: "account" }] },
      { name: "Last", namespace, dimensions: [service] },
    ]);
    expect(lines.map((line) => JSON.parse(line).cause)).toEqual(["TypeError", "TypeError", undefined]);
  });
});
