import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { StartError } from "./start-error.ts";

type Handler = (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<void>;

/** An HTTP server on 127.0.0.1, which other machines cannot reach. */
export type LocalServer = {
  /** Without trailing slash. */
  readonly url: string;
  /** Sets the handler. Before this call the response to every request is 503. */
  serve(handler: Handler): void;
  /** Accepts no more requests. Waits up to two seconds for requests in progress. */
  stop(): Promise<void>;
};

/** Above the limit of API Gateway. The emulated gateway then makes the response, and not Node.js, whose response is plain text. */
const MAX_HEADER_BYTES = 64 * 1024;
const KEEP_ALIVE_MS = 60_000;
const LAST_REQUESTS_MS = 2000;

/**
 * Starts a server.
 * @param port 0 takes any free port
 * @throws StartError if the port cannot be used
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
        if (readErrorCode(error) !== "ECONNRESET") console.error(error);
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
    const code = readErrorCode(cause);
    const problem = code === "EADDRINUSE" ? "is in use by another process" : `cannot be used (${code})`;
    throw new StartError(`Port ${port} ${problem}: choose another port with --port.`, { cause });
  }
};

/**
 * Makes a server listen on 127.0.0.1.
 * @param port 0 takes any free port
 * @returns the port
 * @throws the error of the operating system, such as EADDRINUSE
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

const readErrorCode = (error: unknown): unknown => (error instanceof Error && "code" in error ? error.code : undefined);
