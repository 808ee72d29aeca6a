import { join } from "node:path";
import { startAwsEndpoint } from "./aws-endpoint.ts";
import { readAssembly } from "./cloudformation/template.ts";
import { createMonitor } from "./cloudwatch/monitor.ts";
import { createControls } from "./controls/controls.ts";
import { type Deployed, deploy } from "./deployed.ts";
import type { DynamoDbCalls } from "./dynamodb/call-counter.ts";
import { startEmbeddedEngine } from "./dynamodb/embedded-engine.ts";
import { createRemoteEngine } from "./dynamodb/remote-engine.ts";
import { createTables } from "./dynamodb/tables.ts";
import { startScheduler } from "./eventbridge/schedules.ts";
import type { FunctionError, LogLine } from "./lambda/execution-environment.ts";
import { startLambdaApi } from "./lambda/invoke-api.ts";
import { openSecretStore } from "./secrets-manager/secret-store.ts";
import { createSecretsManager } from "./secrets-manager/secrets-manager.ts";
import { createClock } from "./support/clock.ts";
import { requireDataFolder } from "./support/folder.ts";
import { type LocalServer, startLocalServer } from "./support/local-server.ts";

/** How the service starts. */
export type LocalOptions = {
  /** 0 takes any free port. */
  readonly port: number;
  /** The folder for the data. Undefined keeps the data in memory. */
  readonly dataDirectory: string | undefined;
  /** The endpoint of another DynamoDB engine. @default the embedded engine */
  readonly dynamoDbEndpoint?: string | undefined;
  /** Serves `/_local/clock`, `/_local/calls` and `/_local/deploy`. @default false */
  readonly controls?: boolean;
  /**
   * Returns the folder of a cloud assembly. The settings are added to the settings of the start. Called after the port and the data
   * folder are open, and again for each `/_local/deploy`.
   */
  readonly assembly: (settings: Readonly<Record<string, string>>) => Promise<string>;
  /** Called with every line that a function logs. */
  readonly onLine?: (line: LogLine) => void;
  /** Called after a function crashed, timed out or threw an error. */
  readonly onFault?: (functionName: string, message: string) => void;
};

/** The whole service, running on this machine. */
export type LocalService = {
  /** Without trailing slash. */
  readonly url: string;
  /** Moves the time of the gateway and of every function forward. */
  advance(seconds: number): Promise<void>;
  /** The DynamoDB operations since the start, or since the last reset. */
  calls(): DynamoDbCalls;
  resetCalls(): void;
  /** The last 1000 lines that the functions logged. */
  logs(): readonly LogLine[];
  /** Ends the service and closes the data folder. */
  stop(): Promise<void>;
};

const KEPT_LOG_LINES = 1000;

/**
 * Serves the REST API of a synthesized stack. Emulates API Gateway, runs the functions in worker threads, and keeps the tables in an
 * embedded DynamoDB. Listens on 127.0.0.1 only.
 * @throws StartError if the developer can remove the cause
 */
export const startLocal = async (options: LocalOptions): Promise<LocalService> => {
  const server = await startLocalServer(options.port);
  const cleanUps: (() => Promise<unknown> | unknown)[] = [];
  const stop = async () => {
    await server.stop();
    for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
  };
  try {
    return { ...(await start(options, server, cleanUps)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
};

const start = async (
  options: LocalOptions,
  server: LocalServer,
  cleanUps: (() => Promise<unknown> | unknown)[],
): Promise<Omit<LocalService, "stop">> => {
  const { dataDirectory } = options;
  const clock = createClock();
  if (dataDirectory !== undefined) requireDataFolder(dataDirectory);

  const engine =
    options.dynamoDbEndpoint === undefined
      ? await startEmbeddedEngine(dataDirectory && join(dataDirectory, "dynamodb"))
      : createRemoteEngine(options.dynamoDbEndpoint);
  cleanUps.push(engine.stop);
  const secretStore = openSecretStore(dataDirectory && join(dataDirectory, "secrets.json"));
  const aws = await startAwsEndpoint(engine, createSecretsManager(secretStore, clock));
  cleanUps.push(aws.stop);

  const assembly = await options.assembly({});
  const logs: LogLine[] = [];
  const monitor = createMonitor(readAssembly(assembly), clock);
  const deployAssembly = (directory: string): Promise<Deployed> =>
    deploy({
      assembly: directory,
      url: server.url,
      clock,
      awsEndpoint: aws.url,
      provide: async ({ tables, secrets }) => {
        await createTables(engine.url, tables);
        for (const secret of secrets) secretStore.create(secret, Math.floor(clock.now() / 1000));
      },
      onLine: (line) => {
        monitor.line(line);
        if (logs.push(line) > KEPT_LOG_LINES) logs.shift();
        options.onLine?.(line);
      },
      onFailure: (functionName, { error }) => {
        if (isFault(error)) options.onFault?.(functionName, error.errorMessage);
      },
    });

  let current = await deployAssembly(assembly);
  cleanUps.push(() => current.stop());
  const invoke = (functionName: string, event: unknown) => current.invoke(functionName, event);
  const redeploy = async (settings: Readonly<Record<string, string>>): Promise<void> => {
    const next = await deployAssembly(await options.assembly(settings));
    current.retire();
    current = next;
  };

  if (dataDirectory !== undefined) {
    const lambdaApi = await startLambdaApi({ functions: current.deployment.functions, invoke, dataDirectory });
    cleanUps.push(lambdaApi.stop);
  }
  const scheduler = startScheduler(current.deployment.schedules, clock, async (functionName) => {
    await invoke(functionName, { source: "aws.events", "detail-type": "Scheduled Event", detail: {} });
  });
  cleanUps.push(scheduler.stop);

  const { calls, resetCalls, uses } = aws;
  const { advance } = scheduler;
  const controls = createControls({ clock, advance, calls, resetCalls, uses, redeploy });
  server.serve(async (incoming, outgoing) => {
    if (options.controls && (await controls(incoming, outgoing))) return;
    if (monitor.serve(incoming, outgoing) || current.pages(incoming, outgoing)) return;
    const startedAt = performance.now();
    await current.gateway(incoming, outgoing);
    monitor.request(outgoing.statusCode, performance.now() - startedAt);
  });

  return { url: server.url, advance, calls, resetCalls, logs: () => logs };
};

/** Lambda also reports an error if an authorizer rejects a request, or if the service stops. Both are no faults. */
const isFault = ({ errorType, errorMessage }: FunctionError): boolean =>
  errorMessage !== "Unauthorized" && errorType !== "Stopped";
