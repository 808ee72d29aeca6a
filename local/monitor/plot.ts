import type { Line } from "./dashboard.ts";
import { escapeHtml } from "./html.ts";

const WIDTH = 300;
const HEIGHT = 90;
/** Told apart without red and green (Okabe and Ito). */
const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#6b6b6b"];

/** A small plot of some lines over the last minutes; below it what each adds up to, or its last value. */
export const plot = (title: string, lines: readonly Line[]): string => {
  const values = lines.flatMap((line) => line.values.filter((value) => value !== undefined));
  const top = Math.max(1, ...values);
  const drawn = lines.map((line, index) => draw(line, top, colourOf(index))).join("");
  const legend = lines
    .map(({ label, values: all, total }, index) => {
      const last = total ?? all.findLast((value) => value !== undefined);
      const shown = last === undefined ? "–" : format(last);
      return `<li><i style="background:${colourOf(index)}"></i>${escapeHtml(label)} <b>${shown}</b></li>`;
    })
    .join("");
  return `<figure><figcaption>${escapeHtml(title)}<small>${format(top)}</small></figcaption>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeHtml(title)}"><path class="axis" d="M0 ${HEIGHT}H${WIDTH}M0 0H${WIDTH}"/>${drawn}</svg>
<ul>${legend || "<li>nothing yet</li>"}</ul></figure>`;
};

/** Points are joined over gaps; one alone is a dot. */
const draw = ({ values }: Line, top: number, colour: string): string => {
  const points = values.flatMap((value, index) => {
    if (value === undefined) return [];
    const x = ((index + 0.5) * WIDTH) / values.length;
    return [`${x.toFixed(1)} ${(2 + (HEIGHT - 4) * (1 - value / top)).toFixed(1)}`];
  });
  const [first, ...others] = points;
  if (first === undefined) return "";
  if (others.length > 0) return `<path d="M${points.join("L")}" stroke="${colour}"/>`;
  const [x, y] = first.split(" ");
  return `<circle cx="${x}" cy="${y}" r="2" fill="${colour}"/>`;
};

const colourOf = (index: number): string => COLOURS[index % COLOURS.length] ?? "#000";

const format = (value: number): string =>
  value >= 100 || Number.isInteger(value) ? String(Math.round(value)) : value.toPrecision(2);
