import * as z from "zod/mini";
import type { Assembly } from "../template.ts";
import type { Series, Statistic } from "./series.ts";

export type Line = {
  readonly label: string;
  readonly values: readonly (number | undefined)[];
  /** What the values add up to, where that is what they are for. */
  readonly total?: number | undefined;
};
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
type Row = { readonly name: string | undefined; readonly options: z.infer<typeof Options> };

/**
 * The stack's dashboard, read from its template: the page of this machine shows the plots that an operator will see.
 * @returns a function that fills it with what the series hold now
 */
export const readDashboard = (assembly: Assembly): ((series: Series) => readonly Widget[]) => {
  const [dashboard] = Object.values(assembly.template.Resources).filter(
    ({ Type }) => Type === "AWS::CloudWatch::Dashboard",
  );
  const text = textOf((dashboard?.Properties as { DashboardBody?: unknown } | undefined)?.DashboardBody);
  const parsed = z.safeParse(Body, text === "" ? undefined : JSON.parse(text));
  const widgets = parsed.success ? parsed.data.widgets : [];
  return (series) =>
    widgets.flatMap(({ type, properties: { markdown, title = "", metrics = [] } }): Widget[] => {
      if (type === "text") return [{ kind: "heading", text: (markdown ?? "").replace(/^#+ /, "") }];
      return type === "metric" ? [{ kind: "graph", title, lines: linesOf(metrics.map(toRow), series) }] : [];
    });
};

/** A text with references in it; what they stand for matters to the cloud alone. */
const textOf = (value: unknown): string => {
  if (typeof value === "string") return value;
  const join = z.safeParse(z.object({ "Fn::Join": z.tuple([z.string(), z.array(z.unknown())]) }), value);
  return join.success ? join.data["Fn::Join"][1].map((part) => (typeof part === "string" ? part : "-")).join("") : "";
};

/** `[namespace, name, …dimensions, options]`, or `[options]` with an expression. */
const toRow = (row: readonly unknown[]): Row => {
  const options = z.safeParse(Options, row.at(-1));
  return {
    name: typeof row[1] === "string" ? row[1] : undefined,
    options: options.success ? options.data : {},
  };
};

const linesOf = (rows: readonly Row[], series: Series): readonly Line[] =>
  rows
    .filter(({ options }) => options.visible !== false)
    .flatMap(({ name, options }) => {
      if (name !== undefined) {
        const statistic = toStatistic(options.stat);
        const line = { label: options.label ?? name, values: series.read(name, statistic) };
        return [statistic === "Sum" ? withTotal(line) : line];
      }
      const searched = /MetricName="(\w+)"/.exec(options.expression ?? "")?.[1];
      if (searched !== undefined) {
        return series.kinds(searched).map((by) => withTotal({ label: by, values: series.read(searched, "Sum", by) }));
      }
      return [{ label: options.label ?? "", values: percentOf(options.expression ?? "", rows, series) }];
    });

const withTotal = (line: Line): Line => {
  const known = line.values.filter((value) => value !== undefined);
  return known.length === 0 ? line : { ...line, total: known.reduce((sum, value) => sum + value, 0) };
};

/** The one kind of arithmetic that our dashboard does: `… 100 * part / whole …`. */
const percentOf = (expression: string, rows: readonly Row[], series: Series): readonly (number | undefined)[] => {
  const [, part, whole] = /100 \* (\w+) \/ (\w+)/.exec(expression) ?? [];
  const read = (id: string | undefined) =>
    series.read(rows.find(({ options }) => options.id === id)?.name ?? "", "Sum");
  const parts = read(part);
  return read(whole).map((value, index) => (value ? (100 * (parts[index] ?? 0)) / value : undefined));
};

const toStatistic = (stat = "Average"): Statistic => {
  if (stat === "Sum" || stat === "Maximum") return stat;
  return { percentile: Number(/^p(\d+)/.exec(stat)?.[1] ?? 50) };
};
