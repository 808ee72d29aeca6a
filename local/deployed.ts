import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { createGateway } from "./api-gateway/gateway.ts";
import { createStaticFiles } from "./cloudfront/static-files.ts";
import { type Deployment, readDeployment } from "./deployment.ts";
import type { Invocation, LogLine } from "./lambda/execution-environment.ts";
import { createLambdaPool } from "./lambda/pool.ts";
import type { Clock } from "./support/clock.ts";
import { StartError } from "./support/start-error.ts";

/** What a deployment needs. */
export type DeployedOptions = {
  /** The folder of a cloud assembly. */
  readonly assembly: string;
  /** The URL at which the service listens, without trailing slash. */
  readonly url: string;
  readonly clock: Clock;
  /** The endpoint that the functions use for DynamoDB and Secrets Manager. */
  readonly awsEndpoint: string;
  /** Creates the tables and the secrets that do not exist yet. */
  readonly provide: (deployment: Deployment) => Promise<void>;
  /** Called with every line that a function logs. */
  readonly onLine: (line: LogLine) => void;
  /** Called after an invocation that failed. */
  readonly onFailure: (functionName: string, invocation: Invocation & { readonly ok: false }) => void;
};

/** One deployment of the stack: its API, its functions and its pages. The data belongs to the service, not to the deployment. */
export type Deployed = {
  readonly deployment: Deployment;
  /** Serves a page. Returns false if the request is not for a page. */
  readonly pages: (incoming: IncomingMessage, outgoing: ServerResponse) => boolean;
  /** Serves a request for the API. */
  readonly gateway: (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<void>;
  /** Runs a function once, by physical name. */
  readonly invoke: (functionName: string, event: unknown) => Promise<Invocation>;
  /** Ends the functions after the last request in progress. Called when another deployment replaces this deployment. */
  readonly retire: () => void;
  /** Ends the functions at once. */
  readonly stop: () => Promise<void>;
};

/** A function's time-out is meant for a whole CPU of its own. Here many functions share a developer's machine. */
const MIN_TIMEOUT_MS = 60_000;

/**
 * Deploys an assembly: creates missing tables and secrets, then runs the functions that a deployment runs once.
 * @throws StartError if the developer can remove the cause
 */
export const deploy = async (options: DeployedOptions): Promise<Deployed> => {
  const { clock, awsEndpoint, onLine } = options;
  const deployment = readDeployment(options.assembly, options.url);
  await options.provide(deployment);
  const { region } = deployment.environment;
  const pools = new Map(
    [...deployment.functions].map(([name, fn]) => [
      name,
      createLambdaPool(fn, { clock, awsEndpoint, region, minTimeoutMs: MIN_TIMEOUT_MS, onLine }),
    ]),
  );
  const stop = async () => void (await Promise.all([...pools.values()].map((pool) => pool.stop())));

  let inProgress = 0;
  let isRetired = false;
  /** Counts a task in progress. One request may invoke two functions, and both must still exist. */
  const track = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    inProgress++;
    try {
      return await work();
    } finally {
      inProgress--;
      if (isRetired && inProgress === 0) void stop();
    }
  };

  const invoke = (functionName: string, event: unknown): Promise<Invocation> =>
    track(async () => {
      const pool = pools.get(functionName);
      if (pool === undefined) throw new Error(`Function ${functionName} does not exist`);
      const invocation = await pool.invoke(event);
      if (!invocation.ok) options.onFailure(functionName, invocation);
      return invocation;
    });

  for (const functionName of deployment.runOnceFunctions) {
    const run = await invoke(functionName, {});
    if (run.ok) continue;
    await stop();
    throw new StartError(`${functionName}, which a deployment runs, failed: ${run.error.errorMessage}`);
  }
  const gateway = createGateway({ ...deployment, clock, invoke });
  return {
    deployment,
    pages: createStaticFiles(join(options.assembly, "web")),
    gateway: (incoming, outgoing) => track(() => gateway(incoming, outgoing)),
    invoke,
    retire: () => {
      isRetired = true;
      if (inProgress === 0) void stop();
    },
    stop,
  };
};
