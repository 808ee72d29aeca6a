import { mkdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { Readable } from "node:stream";
import { listen } from "../support/local-server.ts";
import { StartError } from "../support/start-error.ts";
import { createDynaliteServer } from "./dynalite-server.ts";
import type { DynamoDbEngine } from "./engine.ts";

/**
 * Starts the embedded DynamoDB on a free port of this machine.
 * @param directory the folder for the data. Undefined keeps the data in memory
 * @throws StartError if the folder cannot be used, or if another process uses the folder
 */
export const startEmbeddedEngine = async (directory: string | undefined): Promise<DynamoDbEngine> => {
  if (directory !== undefined) await checkFolder(directory);
  const server = createDynaliteServer({
    ...(directory === undefined ? {} : { path: directory }),
    createTableMs: 0,
    deleteTableMs: 0,
    updateTableMs: 0,
  });
  const port = await listen(server, 0);
  return {
    url: `http://127.0.0.1:${port}`,
    // The request is passed on in this process, because another hop costs more than the work of the engine. dynalite throws an
    // error that no caller can catch if a request ends early. Therefore dynalite gets the whole body as one stream.
    respond: (headers, body, outgoing) => {
      server.emit("request", Object.assign(Readable.from([body]), { headers, method: "POST", url: "/" }), outgoing);
    },
    stop: () => new Promise((resolve, reject) => server.close((error) => (error ? reject(error) : resolve()))),
  };
};

/** The store of dynalite. */
type LevelModule = { Level: new (path: string) => { open(): Promise<void>; close(): Promise<void> } };

/** dynalite opens the folder at the first request, and an error then ends the process. This function opens the folder before. */
const checkFolder = async (directory: string): Promise<void> => {
  const require = createRequire(import.meta.url);
  const { Level } = createRequire(require.resolve("dynalite"))("level") as LevelModule;
  try {
    await mkdir(directory, { recursive: true });
    const level = new Level(directory);
    await level.open();
    await level.close();
  } catch (error) {
    throw new StartError(`The data folder ${directory} cannot be used: ${explain(error)}`, { cause: error });
  }
};

const explain = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? error.cause : error;
  const code = "code" in cause ? cause.code : undefined;
  if (code === "LEVEL_LOCKED")
    return "another process is using it (stop that one, or choose another folder with --data).";
  const advice = code === "LEVEL_CORRUPTION" || code === "LEVEL_IO_ERROR" ? " Remove the folder, or use --memory." : "";
  return `${cause.message.replace(/[.\s]*$/, "")}.${advice}`;
};
