import { randomBytes, randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";

/** An HTTP request for an integration. Names have the case that the client sent. A repeated name has several values. */
export type GatewayRequest = {
  readonly httpMethod: string;
  /** Without the query. Percent-encoded as the client sent the path. */
  readonly path: string;
  readonly headers: ReadonlyMap<string, readonly string[]>;
  readonly query: ReadonlyMap<string, readonly string[]>;
  readonly protocol: string;
  readonly host: string;
  readonly sourceIp: string;
  readonly requestId: string;
  readonly extendedRequestId: string;
  readonly traceId: string;
  /** Epoch milliseconds. */
  readonly time: number;
};

/** Request headers that an integration does not receive. Source: measured on AWS (LocalStack's validated tests). */
const DROPPED = new Set([
  "connection",
  "content-length",
  "content-md5",
  "expect",
  "max-forwards",
  "proxy-authenticate",
  "server",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "www-authenticate",
]);
/** The gateway sets these headers itself and ignores what a client sends. */
const OWN = new Set(["x-forwarded-for", "x-forwarded-port", "x-forwarded-proto", "x-amzn-trace-id"]);

/**
 * Reads the request line and the headers. Does not read the body.
 * @param time epoch milliseconds
 */
export const readGatewayRequest = (incoming: IncomingMessage, time: number): GatewayRequest => {
  const [path = "/", search = ""] = splitOnce(incoming.url ?? "/", "?");
  const sourceIp = (incoming.socket.remoteAddress ?? "").replace(/^::ffff:/, "");
  const sent = pairs(incoming.rawHeaders);
  const claimed = (name: string) => sent.filter(([header]) => header.toLowerCase() === name).map(([, value]) => value);
  const traceId = `Root=1-${hex(Math.floor(time / 1000))}-${randomBytes(12).toString("hex")}`;
  return {
    httpMethod: incoming.method ?? "GET",
    path,
    headers: groupByName([
      ...sent.filter(([name]) => !DROPPED.has(name.toLowerCase()) && !OWN.has(name.toLowerCase())),
      ["X-Amzn-Trace-Id", traceId],
      ["X-Forwarded-For", [...claimed("x-forwarded-for"), sourceIp].join(", ")],
      ["X-Forwarded-Port", String(incoming.socket.localPort ?? "")],
      ["X-Forwarded-Proto", "http"],
    ]),
    query: groupByName([...new URLSearchParams(search)]),
    protocol: `HTTP/${incoming.httpVersion}`,
    host: incoming.headers.host ?? "",
    sourceIp,
    requestId: randomUUID(),
    extendedRequestId: randomBytes(11).toString("base64url"),
    traceId,
    time,
  };
};

/** Returns every value of a header. The case of the name does not matter. */
export const headerValues = (request: GatewayRequest, name: string): readonly string[] => {
  const wanted = name.toLowerCase();
  return [...request.headers].filter(([header]) => header.toLowerCase() === wanted).flatMap(([, values]) => values);
};

/** Returns the size of the request line and of the header values, in bytes. API Gateway limits this sum. */
export const headerBytes = (incoming: IncomingMessage): number => {
  const requestLine = `${incoming.method} ${incoming.url} HTTP/${incoming.httpVersion}`;
  return pairs(incoming.rawHeaders).reduce((sum, [, value]) => sum + value.length, requestLine.length);
};

const pairs = (rawHeaders: readonly string[]): [string, string][] =>
  Array.from({ length: rawHeaders.length / 2 }, (_, index) => [
    rawHeaders[2 * index] ?? "",
    rawHeaders[2 * index + 1] ?? "",
  ]);

const groupByName = (entries: readonly (readonly [string, string])[]): ReadonlyMap<string, readonly string[]> => {
  const groups = new Map<string, string[]>();
  for (const [name, value] of entries) groups.set(name, [...(groups.get(name) ?? []), value]);
  return groups;
};

const splitOnce = (text: string, separator: string): [string, string] => {
  const position = text.indexOf(separator);
  return position < 0 ? [text, ""] : [text.slice(0, position), text.slice(position + separator.length)];
};

const hex = (epochSeconds: number): string => epochSeconds.toString(16).padStart(8, "0");
