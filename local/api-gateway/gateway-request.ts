import { randomBytes, randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";

/** An HTTP request as API Gateway hands it on: names as sent, every value of a repeated one. */
export type GatewayRequest = {
  readonly httpMethod: string;
  /** Without query, percent-encoded as sent. */
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

/** Request headers that no integration sees. Source: measured against AWS (LocalStack's validated tests). */
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
/** The gateway tells these itself, whatever a client claims. */
const OWN = new Set(["x-forwarded-for", "x-forwarded-port", "x-forwarded-proto", "x-amzn-trace-id"]);

export const readGatewayRequest = (incoming: IncomingMessage, time: number): GatewayRequest => {
  const [path = "/", search = ""] = splitOnce(incoming.url ?? "/", "?");
  const sourceIp = (incoming.socket.remoteAddress ?? "").replace(/^::ffff:/, "");
  const sent = pairs(incoming.rawHeaders);
  const claimed = (name: string) => sent.filter(([header]) => header.toLowerCase() === name).map(([, value]) => value);
  const traceId = `Root=1-${hex(Math.floor(time / 1000))}-${randomBytes(12).toString("hex")}`;
  return {
    httpMethod: incoming.method ?? "GET",
    path,
    headers: grouped([
      ...sent.filter(([name]) => !DROPPED.has(name.toLowerCase()) && !OWN.has(name.toLowerCase())),
      ["X-Amzn-Trace-Id", traceId],
      ["X-Forwarded-For", [...claimed("x-forwarded-for"), sourceIp].join(", ")],
      ["X-Forwarded-Port", String(incoming.socket.localPort ?? "")],
      ["X-Forwarded-Proto", "http"],
    ]),
    query: grouped([...new URLSearchParams(search)]),
    protocol: `HTTP/${incoming.httpVersion}`,
    host: incoming.headers.host ?? "",
    sourceIp,
    requestId: randomUUID(),
    extendedRequestId: randomBytes(11).toString("base64url"),
    traceId,
    time,
  };
};

/** Every value of a header, whatever the case of its name. */
export const headerValues = (request: GatewayRequest, name: string): readonly string[] => {
  const wanted = name.toLowerCase();
  return [...request.headers].filter(([header]) => header.toLowerCase() === wanted).flatMap(([, values]) => values);
};

/** What the limit on "request line and header values" counts. */
export const headerBytes = (incoming: IncomingMessage): number => {
  const requestLine = `${incoming.method} ${incoming.url} HTTP/${incoming.httpVersion}`;
  return pairs(incoming.rawHeaders).reduce((sum, [, value]) => sum + value.length, requestLine.length);
};

const pairs = (rawHeaders: readonly string[]): [string, string][] =>
  Array.from({ length: rawHeaders.length / 2 }, (_, index) => [
    rawHeaders[2 * index] ?? "",
    rawHeaders[2 * index + 1] ?? "",
  ]);

const grouped = (entries: readonly (readonly [string, string])[]): ReadonlyMap<string, readonly string[]> => {
  const groups = new Map<string, string[]>();
  for (const [name, value] of entries) groups.set(name, [...(groups.get(name) ?? []), value]);
  return groups;
};

const splitOnce = (text: string, separator: string): [string, string] => {
  const position = text.indexOf(separator);
  return position < 0 ? [text, ""] : [text.slice(0, position), text.slice(position + separator.length)];
};

const hex = (epochSeconds: number): string => epochSeconds.toString(16).padStart(8, "0");
