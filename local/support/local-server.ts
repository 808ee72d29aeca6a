import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { StartError } from "./start-error.ts";

type Handler = (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<void>;

/** An HTTP server that only this machine can reach. */
export type LocalServer = {
  /** Without trailing slash. */
  readonly url: string;
  /** Until this is called every request is answered with 503. */
  serve(handler: Handler): void;
  /** Takes no more requests and gives those under way a moment to end. */
  stop(): Promise<void>;
};

/** Above API Gateway's limit, which answers properly; Node.js itself would answer with bare text. */
const MAX_HEADER_BYTES = 64 * 1024;
const KEEP_ALIVE_MS = 60_000;
const LAST_REQUESTS_MS = 2000;

/**
 * @param port 0: any free one
 * @throws StartError when the port cannot be had
 */
export const startLocalServer = async (port: number): Promise<LocalServer> => {
  let handler: Handler = async (_, outgoing) => {
    outgoing.writeHead(503, { "Content-Type": "application/json", "Retry-After": "1" });
    outgoing.end(JSON.stringify({ error: "temporarily_unavailable", error_description: "The service is starting." }));
  };
  const server = createServer(
    { maxHeaderSize: MAX_HEADER_BYTES, keepAliveTimeout: KEEP_ALIVE_MS },
    (incoming, outgoing) => {
      handler(incoming, outgoing).catch((error: unknown) => {
        if (readCode(error) !== "ECONNRESET") console.error(error);
        outgoing.destroy();
      });
    },
  );
  try {
    const claimed = await listen(server, port);
    return {
      url: `http://127.0.0.1:${claimed}`,
      serve: (given) => {
        handler = given;
      },
      stop: () => stop(server),
    };
  } catch (cause) {
    const code = readCode(cause);
    const problem = code === "EADDRINUSE" ? "is taken by another process" : `cannot be used (${code})`;
    throw new StartError(`Port ${port} ${problem}: give another one with --port.`, { cause });
  }
};

/**
 * Lets a server listen on 127.0.0.1.
 * @returns the port
 * @throws the system's error, such as EADDRINUSE
 */
export const listen = (server: Server, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      server.off("error", reject);
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
  });

const stop = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), LAST_REQUESTS_MS);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
  });

const readCode = (error: unknown): unknown => (error instanceof Error && "code" in error ? error.code : undefined);
