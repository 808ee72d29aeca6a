import { type LineKind, listedFields } from "./listed-fields.ts";
import { printLine } from "./print-line.ts";

/** Writes one line of the log. A test may pass its own. */
export type Log = (level: "info" | "error", event: LineKind, fields: object) => void;

/**
 * Writes one line of JSON: `level`, `event`, and those of `fields` that `LINE_FIELDS` lists for that kind of line (G1). Errors
 * go to the standard error stream. No setting leaves out a line (G2).
 *
 * @example writeLog("info", "account_enabled", { time: "2027-01-15T08:00:00Z", userId })
 */
export const writeLog: Log = (level, event, fields) =>
  printLine({ level, event, ...listedFields(event, fields) }, level === "error" ? process.stderr : process.stdout);
