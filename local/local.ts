import { mkdirSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { join } from "node:path";
import { type AwsEndpoint, type DynamoDbCalls, startAwsEndpoint } from "./aws-endpoint.ts";
import { createClock } from "./clock.ts";
import { createControls } from "./controls.ts";
import { listen, startEmbeddedEngine } from "./dynamodb-engine.ts";
import { createTables, readTables } from "./dynamodb-tables.ts";
import { createGateway } from "./gateway.ts";
import { createSecrets } from "./generated-secret.ts";
import { createResolver } from "./intrinsics.ts";
import type { Invocation, LogLine } from "./lambda-environment.ts";
import { readFunctions } from "./lambda-functions.ts";
import { createLambdaPool } from "./lambda-pool.ts";
import type { CloudEnvironment } from "./references.ts";
import { readRestApi } from "./rest-api.ts";
import { readDeploymentRuns, readSchedules, startScheduler } from "./schedules.ts";
import { openSecretStore } from "./secret-store.ts";
import { createSecretsManager } from "./secrets-manager.ts";
import { StartError } from "./start-error.ts";
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
/** Above API Gateway's limit, which answers properly; Node.js itself would answer with bare text. */
const MAX_HEADER_BYTES = 64 * 1024;

/**
 * Serves the REST API of a synthesized stack: its routes and authorizers by an API Gateway of ours, its functions in worker
 * threads, its tables in an embedded DynamoDB. Listens on 127.0.0.1 only.
 * @throws StartError for anything that the developer can mend
 */
export async function startLocal(options: LocalOptions): Promise<LocalService> {
  const cleanUps: (() => Promise<unknown> | unknown)[] = [];
  const stop = async () => {
    for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
  };
  try {
    return await start(options, cleanUps, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function start(
  options: LocalOptions,
  cleanUps: (() => Promise<unknown> | unknown)[],
  stop: () => Promise<void>,
): Promise<LocalService> {
  const { dataDirectory } = options;
  const clock = createClock();

  let serve = async (_: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    outgoing.writeHead(503, { "Content-Type": "application/json", "Retry-After": "1" });
    outgoing.end(JSON.stringify({ error: "temporarily_unavailable", error_description: "The service is starting." }));
  };
  const server = createServer({ maxHeaderSize: MAX_HEADER_BYTES }, (incoming, outgoing) => {
    serve(incoming, outgoing).catch((error: unknown) => {
      // A client that hung up is no event; anything else is a fault of the gateway.
      if (!incoming.destroyed || outgoing.writable) console.error(error);
      outgoing.destroy();
    });
  });
  const url = `http://127.0.0.1:${await claimPort(server, options.port)}`;
  cleanUps.push(() => {
    server.close();
    server.closeAllConnections();
  });

  if (dataDirectory !== undefined) makeDirectory(dataDirectory);
  const engine =
    options.dynamoDbEndpoint === undefined
      ? await startEmbeddedEngine(dataDirectory && join(dataDirectory, "dynamodb"))
      : { url: options.dynamoDbEndpoint, stop: () => Promise.resolve() };
  cleanUps.push(engine.stop);
  const secretStore = openSecretStore(dataDirectory && join(dataDirectory, "secrets.json"));
  const aws: AwsEndpoint = await startAwsEndpoint(engine.url, createSecretsManager(secretStore, clock));
  cleanUps.push(aws.stop);

  const assembly = readAssembly(await options.assembly());
  const environment: CloudEnvironment = { ...CLOUD, stackName: assembly.stackName };
  const template = createResolver(assembly.template, environment);
  const api = readRestApi(assembly, template, environment);
  const resolver = {
    ...template,
    resolve: (value: unknown) => replaceText(template.resolve(value), api.invokeUrl, url),
  };
  await createTables(engine.url, readTables(assembly, resolver, environment));
  createSecrets(assembly, resolver, environment, { store: secretStore, epochSeconds: Math.floor(clock.now() / 1000) });

  const logs: LogLine[] = [];
  const onLine = (line: LogLine) => {
    if (logs.push(line) > KEPT_LOG_LINES) logs.shift();
    options.onLine?.(line);
  };
  const pools = new Map(
    [...readFunctions(assembly, resolver, environment)].map(([functionName, fn]) => [
      functionName,
      createLambdaPool(fn, { clock, awsEndpoint: aws.url, region: environment.region, onLine }),
    ]),
  );
  cleanUps.push(() => Promise.all([...pools.values()].map((pool) => pool.stop())));
  const invoke = async (functionName: string, event: unknown): Promise<Invocation> => {
    const pool = pools.get(functionName);
    if (pool === undefined) throw new StartError(`The template has no function ${functionName} that can run here.`);
    return pool.invoke(event);
  };

  for (const functionName of readDeploymentRuns(assembly, resolver)) {
    const run = await invoke(functionName, {});
    if (!run.ok) throw new StartError(`${functionName}, which a deployment runs, failed: ${run.error.errorMessage}`);
  }
  const scheduler = startScheduler(readSchedules(assembly, resolver), clock, async (functionName) => {
    await invoke(functionName, { source: "aws.events", "detail-type": "Scheduled Event", detail: {} });
  });
  cleanUps.push(scheduler.stop);

  const gateway = createGateway({ api, environment, clock, invoke });
  const controls = createControls({
    clock,
    advance: scheduler.advance,
    calls: aws.calls,
    resetCalls: aws.resetCalls,
  });
  serve = async (incoming, outgoing) => {
    if (options.controls && (await controls(incoming, outgoing))) return;
    await gateway(incoming, outgoing);
  };

  return {
    url,
    advance: scheduler.advance,
    calls: aws.calls,
    resetCalls: aws.resetCalls,
    logs: () => logs,
    stop,
  };
}

const CLOUD = {
  accountId: "000000000000",
  region: "us-east-1",
  partition: "aws",
  urlSuffix: "amazonaws.com",
};

async function claimPort(server: ReturnType<typeof createServer>, port: number): Promise<number> {
  try {
    return await listen(server, port);
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
    const reason =
      code === "EADDRINUSE" ? "is taken by another process" : `cannot be used (${code ?? "for an unknown reason"})`;
    throw new StartError(`Port ${port} ${reason}: give another one with --port.`, { cause });
  }
}

function makeDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new StartError(`The data folder ${directory} cannot be used: ${reason}`, { cause });
  }
}

/** In every text of a resolved value. */
function replaceText(value: unknown, from: string, to: string): unknown {
  if (typeof value === "string") return value.replaceAll(from, to);
  if (Array.isArray(value)) return value.map((item) => replaceText(item, from, to));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, replaceText(item, from, to)]));
}
