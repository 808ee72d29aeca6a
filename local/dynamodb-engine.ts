import { mkdir } from "node:fs/promises";
import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import { createRequire } from "node:module";
import { Readable } from "node:stream";
import { createDynaliteServer } from "./dynalite-server.ts";
import { listen } from "./local-server.ts";
import { StartError } from "./start-error.ts";

/** A DynamoDB that the functions can be pointed at. */
export type DynamoDbEngine = {
  readonly url: string;
  /** Answers a request that somebody else received. */
  response(headers: IncomingHttpHeaders, body: Buffer, outgoing: ServerResponse): void;
  /** Closes the data folder. */
  stop(): Promise<void>;
};

/**
 * Starts the embedded DynamoDB on a free port of this machine.
 * @param directory where its data is kept; undefined: in memory
 * @throws StartError when the folder cannot be used, or another process uses it
 */
export const startEmbeddedEngine = async (directory: string | undefined): Promise<DynamoDbEngine> => {
  if (directory !== undefined) await probe(directory);
  const server = createDynaliteServer({
    ...(directory === undefined ? {} : { path: directory }),
    createTableMs: 0,
    deleteTableMs: 0,
    updateTableMs: 0,
  });
  const port = await listen(server, 0);
  return {
    url: `http://127.0.0.1:${port}`,
    // Handed over in this process: another hop would cost more than what the engine does. A request that breaks off would
    // throw in dynalite where nobody could catch it, so it gets a whole one.
    response: (headers, body, outgoing) => {
      server.emit("request", Object.assign(Readable.from([body]), { headers, method: "POST", url: "/" }), outgoing);
    },
    stop: () => new Promise((resolve, reject) => server.close((error) => (error ? reject(error) : resolve()))),
  };
};

/** What dynalite stores in. */
type LevelModule = { Level: new (path: string) => { open(): Promise<void>; close(): Promise<void> } };

/** dynalite opens its folder behind the first request and then dies of the error, so the folder is opened once before. */
const probe = async (directory: string): Promise<void> => {
  const require = createRequire(import.meta.url);
  const { Level } = createRequire(require.resolve("dynalite"))("level") as LevelModule;
  try {
    await mkdir(directory, { recursive: true });
    const level = new Level(directory);
    await level.open();
    await level.close();
  } catch (error) {
    throw new StartError(`The data folder ${directory} cannot be used: ${reason(error)}`, { cause: error });
  }
};

const reason = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? error.cause : error;
  const isLocked = "code" in cause && cause.code === "LEVEL_LOCKED";
  return isLocked ? "another process is using it (stop that one, or give --data another folder)" : cause.message;
};
