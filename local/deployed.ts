import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import type { Clock } from "./clock.ts";
import { type Deployment, readDeployment } from "./deployment.ts";
import { createGateway } from "./gateway.ts";
import type { Invocation, LogLine } from "./lambda-environment.ts";
import { createLambdaPool } from "./lambda-pool.ts";
import { StartError } from "./start-error.ts";
import { createStaticFiles } from "./static.ts";

export type DeployedOptions = {
  /** The folder of a cloud assembly. */
  readonly assembly: string;
  /** Where the service is served. */
  readonly url: string;
  readonly clock: Clock;
  /** Where the functions find DynamoDB and Secrets Manager. */
  readonly awsEndpoint: string;
  /** Makes what the stack keeps, where it is not there yet: tables and secrets. */
  readonly provide: (deployment: Deployment) => Promise<void>;
  readonly onLine: (line: LogLine) => void;
  /** Told of a function's invocation that failed. */
  readonly onFailure: (functionName: string, invocation: Invocation & { readonly ok: false }) => void;
};

/** One deployment of the stack: its API, its functions and its pages. What it keeps outlives it. */
export type Deployed = {
  readonly deployment: Deployment;
  /** Tells whether the request was for one of the pages. */
  readonly pages: (incoming: IncomingMessage, outgoing: ServerResponse) => boolean;
  readonly gateway: (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<void>;
  readonly invoke: (functionName: string, event: unknown) => Promise<Invocation>;
  /** Ends the functions once nothing is under way any more, because another deployment has taken over. */
  readonly retire: () => void;
  /** Ends the functions now. */
  readonly stop: () => Promise<void>;
};

/** A function's time-out is meant for a whole CPU of its own. Here many functions share a developer's machine. */
const MIN_TIMEOUT_MS = 60_000;

/**
 * Deploys an assembly: makes what is missing, and runs the functions that a deployment runs.
 * @throws StartError for anything that the developer can mend
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

  let underWay = 0;
  let isRetired = false;
  /** A request may invoke two functions one after the other; neither must be gone in between. */
  const busyWith = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    underWay++;
    try {
      return await work();
    } finally {
      underWay--;
      if (isRetired && underWay === 0) void stop();
    }
  };

  const invoke = (functionName: string, event: unknown): Promise<Invocation> =>
    busyWith(async () => {
      const pool = pools.get(functionName);
      if (pool === undefined) throw new Error(`There is no function ${functionName}`);
      const invocation = await pool.invoke(event);
      if (!invocation.ok) options.onFailure(functionName, invocation);
      return invocation;
    });

  for (const functionName of deployment.runsAtDeploy) {
    const run = await invoke(functionName, {});
    if (run.ok) continue;
    await stop();
    throw new StartError(`${functionName}, which a deployment runs, failed: ${run.error.errorMessage}`);
  }
  const gateway = createGateway({ ...deployment, clock, invoke });
  return {
    deployment,
    pages: createStaticFiles(join(options.assembly, "web")),
    gateway: (incoming, outgoing) => busyWith(() => gateway(incoming, outgoing)),
    invoke,
    retire: () => {
      isRetired = true;
      if (underWay === 0) void stop();
    },
    stop,
  };
};
