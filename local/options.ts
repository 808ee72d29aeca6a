import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { StartError } from "./support/start-error.ts";

/** The options of the command line and of the environment. */
export type CommandLine = {
  readonly help: boolean;
  readonly verbose: boolean;
  readonly demo: boolean;
  readonly controls: boolean;
  readonly port: number;
  /** Undefined keeps the data in memory. */
  readonly dataDirectory: string | undefined;
  readonly dynamoDbEndpoint: string | undefined;
  readonly context: Readonly<Record<string, string>>;
};

const DEFAULT_PORT = "3000";

/** The text of `--help`. */
export const USAGE = `Serves the whole API on this machine: npm start -- [options]

  --port N           port to listen on, 0 takes any free port (default: PORT, else ${DEFAULT_PORT})
  --memory           keep the data in memory only
  --data DIR         folder for the data (default: .latchkey)
  -c, --context K=V  a setting, as for cdk deploy; may be repeated
  --controls         serve /_local/clock, /_local/calls and /_local/deploy for tests
  --no-demo          do not register the demo account
  --verbose          print the log of the functions
  --help             print this text

DYNAMODB_ENDPOINT=http://… uses another DynamoDB engine instead of the embedded engine.`;

/**
 * Reads the command line.
 * @param args the arguments behind `npm start --`
 * @param root the folder of the project. The default data folder is below
 * @throws StartError that names the wrong option
 */
export const parseCommandLine = (
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  root: string,
): CommandLine => {
  const { values } = parse(args);
  return {
    help: values.help,
    verbose: values.verbose,
    demo: !values["no-demo"],
    controls: values.controls,
    port: parsePort(values.port ?? (environment["PORT"] || DEFAULT_PORT)),
    dataDirectory: values.memory ? undefined : resolve(values.data ?? resolve(root, ".latchkey")),
    dynamoDbEndpoint: parseEndpoint(environment["DYNAMODB_ENDPOINT"]),
    context: Object.fromEntries(values.context.map(parseContext)),
  };
};

const parse = (args: readonly string[]) => {
  try {
    return parseArgs({
      args: [...args],
      options: {
        help: { type: "boolean", short: "h", default: false },
        verbose: { type: "boolean", default: false },
        "no-demo": { type: "boolean", default: false },
        controls: { type: "boolean", default: false },
        memory: { type: "boolean", default: false },
        port: { type: "string" },
        data: { type: "string" },
        context: { type: "string", short: "c", multiple: true, default: [] },
      },
    });
  } catch (error) {
    const problem = error instanceof Error ? error.message.split(". ")[0] : String(error);
    throw new StartError(`${problem} (--help lists the options)`);
  }
};

const parsePort = (text: string): number => {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new StartError(`The port must be a number from 0 to 65535, not ${JSON.stringify(text)}.`);
};

const parseEndpoint = (text: string | undefined): string | undefined => {
  if (!text) return undefined;
  if (URL.canParse(text) && new URL(text).protocol === "http:") return text;
  throw new StartError(`DYNAMODB_ENDPOINT must be an http:// URL, not ${JSON.stringify(text)}.`);
};

const parseContext = (text: string): [string, string] => {
  const [, key, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (key !== undefined && value !== undefined) return [key, value];
  throw new StartError(`A setting is given as -c key=value, not ${JSON.stringify(text)}.`);
};
