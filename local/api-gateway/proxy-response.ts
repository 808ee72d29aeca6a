import { validateHeaderName, validateHeaderValue } from "node:http";
import * as z from "zod/mini";
import type { HttpResponse } from "./model.ts";

const HeaderValue = z.union([z.string(), z.number(), z.boolean()]);
// All members are optional. Other members make the response malformed. Source: measured on AWS (LocalStack's validated tests).
const ProxyResponse = z.strictObject({
  statusCode: z.nullish(z.union([z.int(), z.string().check(z.regex(/^\d{3}$/))])),
  headers: z.nullish(z.record(z.string(), HeaderValue)),
  multiValueHeaders: z.nullish(z.record(z.string(), z.array(HeaderValue))),
  body: z.nullish(z.string()),
  isBase64Encoded: z.nullish(z.boolean()),
});

/**
 * Headers of a proxy response that the gateway renames before the response goes to the client. Source: "Amazon API Gateway
 * important notes for REST APIs". AWS also lists headers that are not renamed in fact (Content-Type, Content-Encoding …). Those are
 * not in this set.
 */
const REMAPPED = new Set(["connection", "content-length", "date", "server", "www-authenticate"]);

/**
 * Reads the JSON that a function returned as the response of a proxy integration.
 * @param acceptsBinary whether the client accepts a media type that the API declares as binary. Only then is base64 decoded
 * @returns undefined if the response is malformed. API Gateway then responds with 502
 */
export const readProxyResponse = (payload: string, acceptsBinary: boolean): HttpResponse | undefined => {
  const parsed = z.safeParse(ProxyResponse, JSON.parse(payload));
  if (!parsed.success) return undefined;
  const { statusCode, headers, multiValueHeaders, body, isBase64Encoded } = parsed.data;
  const status = Number(statusCode ?? 200);
  if (status < 100 || status > 599) return undefined;
  const lines = mergeHeaders(headers ?? {}, multiValueHeaders ?? {});
  if (!lines.every(isSendable)) return undefined;
  const hasType = lines.some(([name]) => name.toLowerCase() === "content-type");
  return {
    statusCode: status,
    headers: hasType ? lines : [...lines, ["Content-Type", "application/json"]],
    body: Buffer.from(body ?? "", isBase64Encoded && acceptsBinary ? "base64" : "utf8"),
  };
};

type HeaderValue = z.infer<typeof HeaderValue>;

/** Joins both maps. If a header is in both, the values of `multiValueHeaders` count. */
const mergeHeaders = (
  single: Readonly<Record<string, HeaderValue>>,
  multiple: Readonly<Record<string, readonly HeaderValue[]>>,
): [string, string][] => {
  const repeated = new Set(Object.keys(multiple).map((name) => name.toLowerCase()));
  const singles = Object.entries(single).filter(([name]) => !repeated.has(name.toLowerCase()));
  return [
    ...singles,
    ...Object.entries(multiple).flatMap(([name, values]) => values.map((value) => [name, value] as const)),
  ]
    .filter(([name]) => name.toLowerCase() !== "transfer-encoding")
    .map(([name, value]) => [REMAPPED.has(name.toLowerCase()) ? `x-amzn-Remapped-${name}` : name, String(value)]);
};

const isSendable = ([name, value]: readonly [string, string]): boolean => {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    return true;
  } catch {
    return false;
  }
};
