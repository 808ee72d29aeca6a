import type { Widget } from "./dashboard.ts";
import { escapeHtml } from "./html.ts";
import { renderPlot } from "./plot.ts";

/** An event of the audit log. */
export type ShownEvent = Readonly<Record<string, unknown>>;

const REFRESH_SECONDS = 3;

const STYLE = `
:root { color-scheme: light dark; font: 14px/1.4 system-ui, sans-serif; }
body { margin: 1rem auto; max-width: 76rem; padding: 0 1rem; }
h1 { font-size: 1.3rem; margin: 0; } h2 { font-size: 1rem; margin: 1.2rem 0 .4rem; }
p { margin: .2rem 0; opacity: .75; }
section { display: grid; grid-template-columns: repeat(3, 1fr); gap: .8rem; }
@media (max-width: 50rem) { section { grid-template-columns: 1fr; } }
figure { margin: 0; padding: .6rem; border: 1px solid #8886; border-radius: .4rem; }
figcaption { font-weight: 600; display: flex; justify-content: space-between; gap: .5rem; } figcaption small { opacity: .7; font-weight: 400; white-space: nowrap; }
svg { width: 100%; display: block; margin: .3rem 0; } path { fill: none; stroke-linejoin: round; }
.axis { stroke: #8886; stroke-width: .6; }
ul { list-style: none; margin: 0; padding: 0; display: flex; flex-wrap: wrap; gap: .1rem .8rem; font-size: .85rem; }
i { display: inline-block; width: .6rem; height: .6rem; border-radius: 50%; margin-right: .3rem; }
.events { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-size: .85rem; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .15rem .6rem .15rem 0; border-bottom: 1px solid #8883; white-space: nowrap; }
.bad { color: light-dark(#a84300, #ff9a52); font-weight: 600; }
`;

/** Events that need attention. */
const BAD = /failed|rejected|denied|throttled|locked_out|reused|unreadable/;
const COLUMNS = ["time", "event", "reason", "route", "limit", "ip", "userId", "sessionId", "requestId"];

/** Renders the page. The page has no script. The browser loads the page again every few seconds. */
export const renderPage = (widgets: readonly Widget[], events: readonly ShownEvent[]): string => {
  const plots = sections(widgets)
    .map(({ heading, graphs }) => `<h2>${escapeHtml(heading)}</h2><section>${graphs.join("")}</section>`)
    .join("");
  const rows = events
    .map((event) => `<tr>${COLUMNS.map((column) => cell(column, event[column])).join("")}</tr>`)
    .join("");
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Latchkey on this machine</title>
<meta name="viewport" content="width=device-width"><meta http-equiv="refresh" content="${REFRESH_SECONDS}">
<style>${STYLE}</style></head><body><h1>Latchkey on this machine</h1>
<p>The dashboard of the stack with the values of this process: the last ten minutes, one point for ten seconds.
The number beside a name is the sum of the line. For a time, an age or a percentage, the number is the last value.</p>
${plots}<h2>Last events</h2><div class="events"><table><thead><tr>${COLUMNS.map((column) => `<th>${column}</th>`).join("")}</tr></thead>
<tbody>${rows}</tbody></table></div></body></html>`;
};

const sections = (widgets: readonly Widget[]) => {
  const found: { heading: string; graphs: string[] }[] = [];
  for (const widget of widgets) {
    if (widget.kind === "heading") found.push({ heading: widget.text, graphs: [] });
    else found.at(-1)?.graphs.push(renderPlot(widget.title, widget.lines));
  }
  return found;
};

const cell = (column: string, value: unknown): string => {
  const text = escapeHtml(value === undefined ? "" : String(value));
  // The beginning of an id is enough to distinguish ids.
  if (/Id$/.test(column) && text.length > 8) return `<td title="${text}">${text.slice(0, 8)}…</td>`;
  const isBad = column === "event" && BAD.test(text);
  return `<td${isBad ? ' class="bad"' : ""}>${text}</td>`;
};
