import { once } from "node:events";
import { runStart } from "../local/support/process.ts";
import { createSessionApi, type SessionApi } from "./session-api.ts";

export type ServiceOptions = {
  /** Deploy-time settings, as `-c key=value`. */
  readonly settings?: Readonly<Record<string, string | number>>;
  /** Where data is kept. @default in memory */
  readonly dataDirectory?: string;
  /** Prints what the functions log. @default false */
  readonly verbose?: boolean;
  /** Another DynamoDB engine, which the test can look into. @default the embedded one */
  readonly dynamoDbEndpoint?: string;
};

/** A service in a process of its own, as `npm start -- --controls` runs it, and a client of it. */
export type Service = SessionApi & {
  /** All that it has printed so far. */
  readonly printed: () => string;
  /** Sends the signal (as Ctrl-C does by default) and waits for the end. Resolves to the exit code. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<number | null>;
};

/** Starts a service and waits until it is ready. It ends with the tests of the file at the latest. */
export const startService = async (options: ServiceOptions = {}): Promise<Service> => {
  const { settings = {}, dataDirectory, dynamoDbEndpoint } = options;
  const { process, out, err, ended } = runStart(
    [
      ...["--port", "0", "--controls", "--no-demo"],
      ...(dataDirectory === undefined ? ["--memory"] : ["--data", dataDirectory]),
      ...(options.verbose ? ["--verbose"] : []),
      ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
    ],
    dynamoDbEndpoint === undefined ? {} : { DYNAMODB_ENDPOINT: dynamoDbEndpoint },
  );
  const url = () => /Latchkey is ready on (\S+)/.exec(out())?.[1];
  while (url() === undefined && process.stdout !== null) {
    const over = await Promise.race([once(process.stdout, "data").then(() => false), ended.then(() => true)]);
    if (over) throw new Error(`The service did not start: ${out()}${err()}`);
  }
  return {
    ...createSessionApi(url() ?? ""),
    printed: () => `${out()}${err()}`,
    stop: (signal = "SIGINT") => {
      process.kill(signal);
      return ended;
    },
  };
};
