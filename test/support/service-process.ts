import { once } from "node:events";
import { runStart } from "../local/support/process.ts";
import { deployedStackUrl, skipCurrentTest } from "./deployed-stack.ts";
import { createSessionApi, type SessionApi } from "./session-api.ts";

/** How a service of a test starts. */
export type ServiceOptions = {
  /** Deploy-time settings, as `-c key=value`. */
  readonly settings?: Readonly<Record<string, string | number>>;
  /** The folder for the data. @default the data stays in memory */
  readonly dataDirectory?: string;
  /** Prints the log of the functions. @default false */
  readonly verbose?: boolean;
  /** The endpoint of another DynamoDB engine, so that the test can read its tables. @default the embedded engine */
  readonly dynamoDbEndpoint?: string;
};

/** A client of a service that runs in its own process, like `npm start -- --controls`. */
export type Service = SessionApi & {
  /** The output of the process so far, of both streams. */
  readonly printed: () => string;
  /** Sends the signal and waits for the end of the process. Resolves to the exit code. @default SIGINT, like Ctrl-C */
  readonly stop: (signal?: NodeJS.Signals) => Promise<number | null>;
};

/**
 * Starts a service and waits until the service is ready. The process ends after the last test of the file at the latest.
 * If `LATCHKEY_URL` names a deployed stack, skips the current test instead.
 * @throws Error with the output if the process ends before the service is ready
 */
export const startService = async (options: ServiceOptions = {}): Promise<Service> => {
  if (deployedStackUrl !== undefined) skipCurrentTest("needs a service of its own");
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
