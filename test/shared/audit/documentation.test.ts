import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { AUDIT_FIELDS } from "../../../shared/audit/audit.ts";
import { anEventOfEach } from "../../support/audit-events.ts";
import { emittedMetrics } from "../../support/emitted-metrics.ts";

const page = readFileSync(new URL("../../../docs/audit-events.md", import.meta.url), "utf8");
const section = (title: string): string => page.split(/^## /m).find((each) => each.startsWith(title)) ?? "";
const rows = (title: string): string[][] =>
  section(title)
    .split("\n")
    .filter((line) => /^\| `/.test(line))
    .map((line) => line.split("|").map((cell) => cell.trim()));
const codes = (text = ""): string[] => [...text.matchAll(/`(\w+)`/g)].map(([, code = ""]) => code);

describe("docs/audit-events.md", () => {
  it("lists every event with exactly the fields that it may have (G1, G2)", () => {
    const documented = rows("The events").map(([, event, , fields]) => [codes(event)[0], codes(fields).sort()]);
    const real = Object.entries(AUDIT_FIELDS).map(([event, fields]) => [event, Object.keys(fields).sort()]);
    expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(real));
  });

  it("lists every metric that is written, and no other", () => {
    const documented = rows("Metrics").flatMap(([, metrics = ""]) => codes(metrics.replace(/\([^)]*\)/g, "")));
    const real = new Set(emittedMetrics(anEventOfEach, "Latchkey/test").map(({ name }) => name));
    expect(documented.sort()).toEqual([...real].sort());
  });
});
