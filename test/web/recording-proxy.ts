import { createServer, type IncomingHttpHeaders, request } from "node:http";
import type { AddressInfo } from "node:net";

/** A request as the service received it, and the response of the service. */
export type Exchange = {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly status: number;
  readonly responseHeaders: IncomingHttpHeaders;
};

/** A proxy before the service. */
export type RecordingProxy = {
  readonly url: string;
  readonly exchanges: Exchange[];
  readonly stop: () => void;
};

/**
 * Starts a proxy that forwards each request unchanged, and records it. A test needs the proxy because the browser hides parts of a request
 * from another origin: the cookies, and in a frame the response.
 */
export const startRecordingProxy = async (serviceUrl: string): Promise<RecordingProxy> => {
  const exchanges: Exchange[] = [];
  const server = createServer((incoming, outgoing) => {
    const { method = "GET", url: path = "/", headers } = incoming;
    const forwarded = request(new URL(path, serviceUrl), { method, headers, setHost: false }, (response) => {
      const status = response.statusCode ?? 0;
      exchanges.push({ method, path, headers, status, responseHeaders: response.headers });
      // These two headers belong to the connection behind the proxy (RFC 9110 7.6.1).
      const { connection: _connection, "keep-alive": _keepAlive, ...responseHeaders } = response.headers;
      outgoing.writeHead(status, responseHeaders);
      response.pipe(outgoing);
    });
    forwarded.on("error", () => outgoing.destroy());
    incoming.pipe(forwarded);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    exchanges,
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
};
