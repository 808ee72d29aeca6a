import { LogFormatter, Logger, LogItem } from "@aws-lambda-powertools/logger";
import type {
  LogAttributes,
  LogItemExtraInput,
  LogItemMessage,
  UnformattedAttributes,
} from "@aws-lambda-powertools/logger/types";
import { type LineKind, listedFields } from "./listed-fields.ts";
import { printLine } from "./print-line.ts";

/** Writes one line of JSON: `level`, `event`, and of `fields` what `LINE_FIELDS` lists for that kind. */
export type Log = (level: "info" | "error", event: LineKind, fields: object) => void;

/** Prints the listed fields, and nothing that Powertools would add or was given by another way. */
class ListedFieldsOnly extends LogFormatter {
  override formatAttributes({ logLevel, message }: UnformattedAttributes, { fields }: LogAttributes): LogItem {
    const given = typeof fields === "object" && fields !== null ? fields : {};
    const level = logLevel.toLowerCase();
    return new LogItem({ attributes: { level, event: message, ...listedFields(message, given) } });
  }
}

/**
 * Leaves out no line for its level: what happened to an account is written whatever a variable asks for (G2). Prints lines
 * that no client's text can break (G4).
 */
class EveryLevel extends Logger {
  protected override processLogItem(level: number, input: LogItemMessage, extraInput: LogItemExtraInput): void {
    this.printLog(level, this.createAndPopulateLogItem(level, input, extraInput));
  }

  protected override printLog(_level: number, item: LogItem): void {
    item.prepareForPrint();
    const line = item.getAttributes();
    printLine(line, line["level"] === "error" ? process.stderr : process.stdout);
  }
}

/** Not exported: a Logger prints any object it is given. Sampling would make its constructor write a line of its own. */
const logger = new EveryLevel({ logFormatter: new ListedFieldsOnly(), sampleRateValue: 0 });

export const writeLog: Log = (level, event, fields) => {
  // Under one name: at the top, names like `level` or `message` would make Powertools write a warning beside the line.
  logger[level](event, { fields });
};
