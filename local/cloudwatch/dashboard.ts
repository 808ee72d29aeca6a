import * as z from "zod/mini";
import type { Assembly } from "../cloudformation/template.ts";
import type { Dimensions, Series, Statistic } from "./series.ts";

/** A line of a graph. */
export type Line = {
  readonly label: string;
  readonly values: readonly (number | undefined)[];
  /** The sum of the values. Undefined if the statistic is not a sum. */
  readonly total?: number | undefined;
  /** A percentage is drawn on a scale from 0 to 100 of its own. @default the scale of the graph */
  readonly unit?: "%";
};
/** A part of the dashboard. */
export type Widget =
  | { readonly kind: "heading"; readonly text: string }
  | { readonly kind: "graph"; readonly title: string; readonly lines: readonly Line[] };

const Options = z.looseObject({
  label: z.optional(z.string()),
  stat: z.optional(z.string()),
  id: z.optional(z.string()),
  visible: z.optional(z.boolean()),
  expression: z.optional(z.string()),
});
const Body = z.looseObject({
  widgets: z.array(
    z.looseObject({
      type: z.string(),
      properties: z.looseObject({
        markdown: z.optional(z.string()),
        title: z.optional(z.string()),
        metrics: z.optional(z.array(z.array(z.unknown()))),
      }),
    }),
  ),
});
type Row = {
  readonly name: string | undefined;
  readonly dimensions: Dimensions;
  readonly options: z.infer<typeof Options>;
};

/**
 * Reads the dashboard from the template, so that this machine shows the graphs of the operator.
 * @returns a function that fills the dashboard with the present values
 */
export const readDashboard = (assembly: Assembly): ((series: Series) => readonly Widget[]) => {
  const [dashboard] = Object.values(assembly.template.Resources).filter(
    ({ Type }) => Type === "AWS::CloudWatch::Dashboard",
  );
  const text = readText((dashboard?.Properties as { DashboardBody?: unknown } | undefined)?.DashboardBody);
  const parsed = z.safeParse(Body, text === "" ? undefined : JSON.parse(text));
  const widgets = parsed.success ? parsed.data.widgets : [];
  return (series) =>
    widgets.flatMap(({ type, properties: { markdown, title = "", metrics = [] } }): Widget[] => {
      if (type === "text") return [{ kind: "heading", text: (markdown ?? "").replace(/^#+ /, "") }];
      return type === "metric" ? [{ kind: "graph", title, lines: createLines(metrics.map(toRow), series) }] : [];
    });
};

/** Joins a text that contains references. A reference becomes a hyphen, because its value matters on AWS alone. */
const readText = (value: unknown): string => {
  if (typeof value === "string") return value;
  const join = z.safeParse(z.object({ "Fn::Join": z.tuple([z.string(), z.array(z.unknown())]) }), value);
  return join.success ? join.data["Fn::Join"][1].map((part) => (typeof part === "string" ? part : "-")).join("") : "";
};

/** Reads `[namespace, name, …dimensions, options]`, or `[options]` with an expression. */
const toRow = (row: readonly unknown[]): Row => {
  const options = z.safeParse(Options, row.at(-1));
  const [namespace, name, ...rest] = row;
  const pairs = rest.slice(0, rest.length - (rest.length % 2)).map(String);
  // The dimensions of AWS's own metrics name the API. This process serves one API only, so they are ignored.
  const isOurs = !String(namespace).startsWith("AWS/");
  return {
    name: typeof name === "string" ? name : undefined,
    dimensions: isOurs ? Object.fromEntries(inPairs(pairs)) : {},
    options: options.success ? options.data : {},
  };
};

const inPairs = (texts: readonly string[]): readonly (readonly [string, string])[] =>
  texts.flatMap((text, index) => (index % 2 === 0 ? [[text, texts[index + 1] ?? ""] as const] : []));

const createLines = (rows: readonly Row[], series: Series): readonly Line[] => {
  const shown = rows.filter(({ options }) => options.visible !== false);
  return shown.flatMap(({ name, dimensions, options }) => {
    if (name !== undefined) {
      const statistic = toStatistic(options.stat);
      const line = { label: options.label ?? name, values: series.read(name, statistic, dimensions) };
      return [statistic === "Sum" ? withTotal(line) : line];
    }
    const found = search(options.expression ?? "", series, shown.length > 1);
    if (found !== undefined) return found;
    return [{ label: options.label ?? "", values: computePercent(options.expression ?? "", rows, series), unit: "%" }];
  });
};

/** Splits a name into words. Two metrics of a graph may have the same reasons, so the label contains the name of the metric. */
const toWords = (name: string): string => name.replace(/\B[A-Z]/g, " $&").toLowerCase();

/**
 * Evaluates `SEARCH`. Returns a line for each combination of dimensions that has exactly the dimensions of the schema and the
 * values of the search terms. The label of a line has the other dimensions, as on AWS. Returns undefined if the expression is not a
 * `SEARCH`.
 */
const search = (expression: string, series: Series, isOneOfMany: boolean): readonly Line[] | undefined => {
  const [, schema, terms = ""] = /^SEARCH\('\{"[^"]+",([\w,]+)\} ([^']*)'/.exec(expression) ?? [];
  if (schema === undefined) return undefined;
  const { MetricName: name = "", ...asked } = Object.fromEntries(
    [...terms.matchAll(/(\w+)="([^"]*)"/g)].map(([, term = "", value = ""]) => [term, value]),
  );
  return series
    .kinds(name)
    .filter((kind) => Object.keys(kind).sort().join() === schema.split(",").sort().join())
    .filter((kind) => Object.entries(asked).every(([field, value]) => kind[field] === value))
    .map((kind) => {
      const fields = schema.split(",").filter((field) => !(field in asked));
      const label = `${isOneOfMany ? `${toWords(name)}: ` : ""}${fields.map((field) => kind[field]).join(" ")}`;
      return withTotal({ label, values: series.read(name, "Sum", kind) });
    });
};

const withTotal = (line: Line): Line => {
  const known = line.values.filter((value) => value !== undefined);
  return known.length === 0 ? line : { ...line, total: known.reduce((sum, value) => sum + value, 0) };
};

/** Evaluates `… 100 * part / whole …`, the only arithmetic of the dashboard. */
const computePercent = (expression: string, rows: readonly Row[], series: Series): readonly (number | undefined)[] => {
  const [, part, whole] = /100 \* (\w+) \/ (\w+)/.exec(expression) ?? [];
  const read = (id: string | undefined) => {
    const row = rows.find(({ options }) => options.id === id);
    return series.read(row?.name ?? "", "Sum", row?.dimensions);
  };
  const parts = read(part);
  return read(whole).map((value, index) => (value ? (100 * (parts[index] ?? 0)) / value : undefined));
};

const toStatistic = (stat = "Average"): Statistic => {
  if (stat === "Sum" || stat === "Maximum") return stat;
  return { percentile: Number(/^p(\d+)/.exec(stat)?.[1] ?? 50) };
};
