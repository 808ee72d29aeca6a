import { join } from "node:path";
import { type DynamoDbCalls, startAwsEndpoint } from "./aws-endpoint.ts";
import { createClock } from "./clock.ts";
import { createControls } from "./controls.ts";
import { type Deployed, deploy } from "./deployed.ts";
import { startEmbeddedEngine } from "./dynamodb-engine.ts";
import { createTables } from "./dynamodb-tables.ts";
import { startLambdaApi } from "./lambda-api.ts";
import type { FunctionError, LogLine } from "./lambda-environment.ts";
import { type LocalServer, startLocalServer } from "./local-server.ts";
import { createMonitor } from "./monitor/monitor.ts";
import { remoteEngine } from "./remote-engine.ts";
import { startScheduler } from "./schedules.ts";
import { openSecretStore } from "./secret-store.ts";
import { createSecretsManager } from "./secrets-manager.ts";
import { readAssembly } from "./template.ts";

export type LocalOptions = {
  /** 0: any free one. */
  readonly port: number;
  /** Where data is kept; undefined: in memory. */
  readonly dataDirectory: string | undefined;
  /** Another DynamoDB engine. @default the embedded one */
  readonly dynamoDbEndpoint?: string | undefined;
  /** Serves `/_local/clock`, `/_local/calls` and `/_local/deploy`. @default false */
  readonly controls?: boolean;
  /**
   * Gives the folder of a cloud assembly, with these settings beside those it has. It is asked once the port and the data
   * folder are ours, and again by `/_local/deploy`.
   */
  readonly assembly: (settings: Readonly<Record<string, string>>) => Promise<string>;
  readonly onLine?: (line: LogLine) => void;
  /** Told of a function that crashed, timed out or threw. */
  readonly onFault?: (functionName: string, message: string) => void;
};

/** The whole service, running on this machine. */
export type LocalService = {
  /** Without trailing slash. */
  readonly url: string;
  /** Moves the time of the gateway and of every function. */
  advance(seconds: number): Promise<void>;
  calls(): DynamoDbCalls;
  resetCalls(): void;
  /** The last lines that the functions logged. */
  logs(): readonly LogLine[];
  stop(): Promise<void>;
};

const KEPT_LOG_LINES = 1000;

/**
 * Serves the REST API of a synthesized stack: its routes and authorizers by an API Gateway of ours, its functions in worker
 * threads, its tables in an embedded DynamoDB. Listens on 127.0.0.1 only.
 * @throws StartError for anything that the developer can mend
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

  const engine =
    options.dynamoDbEndpoint === undefined
      ? await startEmbeddedEngine(dataDirectory && join(dataDirectory, "dynamodb"))
      : remoteEngine(options.dynamoDbEndpoint);
  cleanUps.push(engine.stop);
  const secretStore = openSecretStore(dataDirectory && join(dataDirectory, "secrets.json"));
  const aws = await startAwsEndpoint(engine, createSecretsManager(secretStore, clock));
  cleanUps.push(aws.stop);

  const assembly = await options.assembly({});
  const logs: LogLine[] = [];
  const monitor = createMonitor(readAssembly(assembly), clock);
  const deployed = (directory: string): Promise<Deployed> =>
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

  let current = await deployed(assembly);
  cleanUps.push(() => current.stop());
  const invoke = (functionName: string, event: unknown) => current.invoke(functionName, event);
  const redeploy = async (settings: Readonly<Record<string, string>>): Promise<void> => {
    const next = await deployed(await options.assembly(settings));
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

/** A refusal by an authorizer is also an error to Lambda, and the end of the service ends what runs. */
const isFault = ({ errorType, errorMessage }: FunctionError): boolean =>
  errorMessage !== "Unauthorized" && errorType !== "Stopped";
