import { join } from "node:path";
import { type DynamoDbCalls, startAwsEndpoint } from "./aws-endpoint.ts";
import { createClock } from "./clock.ts";
import { createControls } from "./controls.ts";
import { readDeployment } from "./deployment.ts";
import { startEmbeddedEngine } from "./dynamodb-engine.ts";
import { createTables } from "./dynamodb-tables.ts";
import { createGateway } from "./gateway.ts";
import { startLambdaApi } from "./lambda-api.ts";
import type { FunctionError, Invocation, LogLine } from "./lambda-environment.ts";
import { createLambdaPool } from "./lambda-pool.ts";
import { type LocalServer, startLocalServer } from "./local-server.ts";
import { createMonitor } from "./monitor/monitor.ts";
import { startScheduler } from "./schedules.ts";
import { openSecretStore } from "./secret-store.ts";
import { createSecretsManager } from "./secrets-manager.ts";
import { StartError } from "./start-error.ts";
import { createStaticFiles } from "./static.ts";
import { readAssembly } from "./template.ts";

export type LocalOptions = {
  /** 0: any free one. */
  readonly port: number;
  /** Where data is kept; undefined: in memory. */
  readonly dataDirectory: string | undefined;
  /** Another DynamoDB engine. @default the embedded one */
  readonly dynamoDbEndpoint?: string | undefined;
  /** Serves `/_local/clock` and `/_local/calls`. @default false */
  readonly controls?: boolean;
  /** Gives the folder of a cloud assembly. It is asked once the port and the data folder are ours. */
  readonly assembly: () => Promise<string>;
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
      : { url: options.dynamoDbEndpoint, stop: () => Promise.resolve() };
  cleanUps.push(engine.stop);
  const secretStore = openSecretStore(dataDirectory && join(dataDirectory, "secrets.json"));
  const aws = await startAwsEndpoint(engine.url, createSecretsManager(secretStore, clock));
  cleanUps.push(aws.stop);

  const assembly = await options.assembly();
  const deployment = readDeployment(assembly, server.url);
  await createTables(engine.url, deployment.tables);
  for (const secret of deployment.secrets) secretStore.create(secret, Math.floor(clock.now() / 1000));

  const logs: LogLine[] = [];
  const monitor = createMonitor(readAssembly(assembly), clock);
  const onLine = (line: LogLine) => {
    monitor.line(line);
    if (logs.push(line) > KEPT_LOG_LINES) logs.shift();
    options.onLine?.(line);
  };
  const pools = new Map(
    [...deployment.functions].map(([functionName, fn]) => [
      functionName,
      createLambdaPool(fn, { clock, awsEndpoint: aws.url, region: deployment.environment.region, onLine }),
    ]),
  );
  cleanUps.push(() => Promise.all([...pools.values()].map((pool) => pool.stop())));
  const invoke = async (functionName: string, event: unknown): Promise<Invocation> => {
    const pool = pools.get(functionName);
    if (pool === undefined) throw new Error(`There is no function ${functionName}`);
    const invocation = await pool.invoke(event);
    if (!invocation.ok && isFault(invocation.error)) options.onFault?.(functionName, invocation.error.errorMessage);
    return invocation;
  };

  for (const functionName of deployment.runsAtDeploy) {
    const run = await invoke(functionName, {});
    if (!run.ok) throw new StartError(`${functionName}, which a deployment runs, failed: ${run.error.errorMessage}`);
  }
  if (dataDirectory !== undefined) {
    const lambdaApi = await startLambdaApi({ functions: deployment.functions, invoke, dataDirectory });
    cleanUps.push(lambdaApi.stop);
  }
  const scheduler = startScheduler(deployment.schedules, clock, async (functionName) => {
    await invoke(functionName, { source: "aws.events", "detail-type": "Scheduled Event", detail: {} });
  });
  cleanUps.push(scheduler.stop);

  const gateway = createGateway({ ...deployment, clock, invoke });
  const controls = createControls({
    clock,
    advance: scheduler.advance,
    calls: aws.calls,
    resetCalls: aws.resetCalls,
  });
  const pages = createStaticFiles(join(assembly, "web"));
  server.serve(async (incoming, outgoing) => {
    if (options.controls && (await controls(incoming, outgoing))) return;
    if (monitor.serve(incoming, outgoing) || pages(incoming, outgoing)) return;
    const startedAt = performance.now();
    await gateway(incoming, outgoing);
    monitor.request(outgoing.statusCode, performance.now() - startedAt);
  });

  return {
    url: server.url,
    advance: scheduler.advance,
    calls: aws.calls,
    resetCalls: aws.resetCalls,
    logs: () => logs,
  };
};

/** A refusal by an authorizer is also an error to Lambda, and the end of the service ends what runs. */
const isFault = ({ errorType, errorMessage }: FunctionError): boolean =>
  errorMessage !== "Unauthorized" && errorType !== "Stopped";
