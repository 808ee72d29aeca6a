import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { synthesize } from "./cloudformation/synthesize.ts";
import { DEMO_ACCOUNT, registerDemoAccount } from "./demo-account.ts";
import { type LocalService, startLocal } from "./local.ts";
import { parseCommandLine, USAGE } from "./options.ts";
import { explainFailure } from "./support/start-error.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

let service: LocalService | undefined;

const main = async (): Promise<void> => {
  const options = parseCommandLine(process.argv.slice(2), process.env, ROOT);
  if (options.help) return console.log(USAGE);

  console.log("Starting Latchkey …");
  service = await startLocal({
    ...options,
    assembly: (settings) =>
      synthesize({
        root: ROOT,
        context: { ...options.context, ...settings },
        cacheDirectory: join(ROOT, ".latchkey", "cdk"),
        fallbackCacheDirectory: options.dataDirectory && join(options.dataDirectory, "cdk"),
        onProgress: console.log,
      }),
    onFault: (functionName, message) => console.error(`${functionName} failed: ${message} (--verbose shows its log)`),
    onLine: (line) => options.verbose && console.log(`[${line.function}] ${line.line}`),
  });
  const hasDemo = options.demo && (await registerDemoAccount(service.url));
  service.resetCalls();
  console.log(greeting(service.url, hasDemo, options.dataDirectory));
};

const greeting = (url: string, hasDemo: boolean, dataDirectory: string | undefined): string => {
  const kept = dataDirectory === undefined ? "in memory" : `in ${dataDirectory}`;
  const demo = `Demo account: ${DEMO_ACCOUNT.email} with the password ${DEMO_ACCOUNT.password}

  curl -s ${url}/auth/login -H 'Content-Type: application/json' \\
    -d '${JSON.stringify(DEMO_ACCOUNT)}'
`;
  return `Latchkey is ready on ${url} (data is kept ${kept}; Ctrl-C stops the service)\nThe dashboard of an operator: ${url}/_local\n${hasDemo ? `\n${demo}` : ""}`;
};

let isEnding = false;

/** Stops the service and ends the process. Ignores further signals: Ctrl-C often arrives twice, from the terminal and from tsx. */
const end = async (): Promise<void> => {
  if (isEnding) return;
  isEnding = true;
  await service?.stop();
  process.exit(0);
};

/** Ends the process with one sentence if the developer can remove the cause. */
const fail = (error: unknown): void => {
  console.error(explainFailure(error));
  process.exit(1);
};

process.on("SIGINT", end).on("SIGTERM", end);
process.on("uncaughtException", fail);
main().catch(fail);
