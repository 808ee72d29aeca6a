import { request } from "node:http";

export type RawResponse = {
  readonly status: number;
  /** The headers as the server sent them: name, value, name, value … */
  readonly rawHeaders: readonly string[];
  /** The values of a header, one for each line. */
  readonly header: (name: string) => readonly string[];
  readonly text: string;
};

type RawRequest = {
  readonly method?: string;
  /** Name, value, name, value … The headers are sent unchanged. `fetch` would merge and rename the headers. */
  readonly headers?: readonly string[];
  readonly body?: string | Buffer;
};

/** Sends a request unchanged, and returns the response unchanged. */
export const send = (url: string, { method = "GET", headers = [], body }: RawRequest = {}): Promise<RawResponse> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    // The path is cut out of the text, because `URL` would normalize the path.
    const path = url.slice(url.indexOf("/", "http://".length));
    const length = body === undefined ? [] : ["Content-Length", String(Buffer.byteLength(body))];
    const given = ["Host", `${hostname}:${port}`, ...headers, ...length];
    const outgoing = request({ hostname, port, path, method, headers: given, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        const { rawHeaders } = response;
        resolve({
          status: response.statusCode ?? 0,
          rawHeaders,
          header: (name) =>
            rawHeaders.filter(
              (_, index) => rawHeaders[index - 1]?.toLowerCase() === name.toLowerCase() && index % 2 === 1,
            ),
          text: Buffer.concat(chunks).toString(),
        });
      });
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
