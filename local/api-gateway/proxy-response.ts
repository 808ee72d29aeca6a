import { validateHeaderName, validateHeaderValue } from "node:http";
import * as z from "zod/mini";
import type { GatewayResponse } from "./model.ts";

const HeaderValue = z.union([z.string(), z.number(), z.boolean()]);
// Every member may be missing, and no other may be there. Source: measured against AWS (LocalStack's validated tests).
const ProxyAnswer = z.strictObject({
  statusCode: z.nullish(z.union([z.int(), z.string().check(z.regex(/^\d{3}$/))])),
  headers: z.nullish(z.record(z.string(), HeaderValue)),
  multiValueHeaders: z.nullish(z.record(z.string(), z.array(HeaderValue))),
  body: z.nullish(z.string()),
  isBase64Encoded: z.nullish(z.boolean()),
});

/**
 * Headers of a proxy answer that the gateway keeps for itself: they reach the client under another name. Source: "Amazon API
 * Gateway important notes for REST APIs"; those that AWS lists and yet passes on (Content-Type, Content-Encoding …) are not
 * here.
 */
const REMAPPED = new Set(["connection", "content-length", "date", "server", "www-authenticate"]);

/**
 * Takes the JSON that a function returned as the answer of a proxy integration.
 * @param acceptsBinary whether the client takes what the API declares to be binary: only then is base64 decoded
 * @returns undefined when it is malformed, which API Gateway answers with 502
 */
export const readProxyAnswer = (payload: string, acceptsBinary: boolean): GatewayResponse | undefined => {
  const parsed = z.safeParse(ProxyAnswer, JSON.parse(payload));
  if (!parsed.success) return undefined;
  const { statusCode, headers, multiValueHeaders, body, isBase64Encoded } = parsed.data;
  const status = Number(statusCode ?? 200);
  if (status < 100 || status > 599) return undefined;
  const lines = mergedHeaders(headers ?? {}, multiValueHeaders ?? {});
  if (!lines.every(isSendable)) return undefined;
  const hasType = lines.some(([name]) => name.toLowerCase() === "content-type");
  return {
    statusCode: status,
    headers: hasType ? lines : [...lines, ["Content-Type", "application/json"]],
    body: Buffer.from(body ?? "", isBase64Encoded && acceptsBinary ? "base64" : "utf8"),
  };
};

type HeaderValue = z.infer<typeof HeaderValue>;

/** Both maps together; a header that is in both has the values of `multiValueHeaders` alone. */
const mergedHeaders = (
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
