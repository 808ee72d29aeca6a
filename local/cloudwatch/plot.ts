import type { Line } from "./dashboard.ts";
import { escapeHtml } from "./html.ts";

const WIDTH = 300;
const HEIGHT = 90;
/** Colours that people with colour blindness can distinguish (Okabe and Ito). */
const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#6b6b6b"];

/** Renders a graph of the last minutes. The legend shows the sum or the last value of each line. */
export const renderPlot = (title: string, lines: readonly Line[]): string => {
  const highest = findTop(lines.filter(({ unit }) => unit !== "%"));
  const [, name = title, unit] = /^(.*), (m?s)$/.exec(title) ?? [];
  const drawn = lines
    .map((line, index) => draw(line, line.unit === "%" ? 100 : (highest ?? 1), index, lines.length))
    .join("");
  const legend = lines
    .map((line, index) => {
      const last = line.total ?? line.values.findLast((value) => value !== undefined);
      const shown = last === undefined ? "–" : format(last, line.unit ?? unit);
      return `<li><i style="background:${pickColour(index)}"></i>${escapeHtml(line.label)} <b>${shown}</b></li>`;
    })
    .join("");
  const scale = highest === undefined ? "" : `<small>highest ${format(highest, unit)}</small>`;
  return `<figure><figcaption>${escapeHtml(name)}${scale}</figcaption>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeHtml(name)}"><path class="axis" d="M0 ${HEIGHT}H${WIDTH}M0 0H${WIDTH}"/>${drawn}</svg>
<ul>${legend || "<li>nothing yet</li>"}</ul></figure>`;
};

/** Returns the highest value of the graph, at least 1. Returns undefined if there is no value above zero. */
const findTop = (lines: readonly Line[]): number | undefined => {
  const top = Math.max(...lines.flatMap(({ values }) => values.filter((value) => value !== undefined)));
  return top > 0 ? Math.max(1, top) : undefined;
};

/**
 * Draws a line. Gaps are bridged, and a single point is a dot. Each line is thinner than the lines below, so that equal lines are
 * all visible.
 */
const draw = ({ values }: Line, top: number, index: number, count: number): string => {
  const colour = pickColour(index);
  const width = Math.min(3, 1.4 + (count - 1 - index) * 0.7).toFixed(1);
  const points = values.flatMap((value, index) => {
    if (value === undefined) return [];
    const x = ((index + 0.5) * WIDTH) / values.length;
    return [`${x.toFixed(1)} ${(2 + (HEIGHT - 4) * (1 - value / top)).toFixed(1)}`];
  });
  const [first, ...others] = points;
  if (first === undefined) return "";
  if (others.length > 0) return `<path d="M${points.join("L")}" stroke="${colour}" stroke-width="${width}"/>`;
  const [x, y] = first.split(" ");
  return `<circle cx="${x}" cy="${y}" r="2" fill="${colour}"/>`;
};

const pickColour = (index: number): string => COLOURS[index % COLOURS.length] ?? "#000";

/** Formats a value, such as `340 ms`, `45 s` or `4.0 h`. */
const format = (value: number, unit?: string): string => {
  if (unit === "s" && value >= SECONDS_AN_HOUR) return format(value / SECONDS_AN_HOUR, "h");
  const number = value >= 100 || Number.isInteger(value) ? String(Math.round(value)) : value.toPrecision(2);
  return unit === undefined ? number : `${number} ${unit}`;
};

const SECONDS_AN_HOUR = 3600;
