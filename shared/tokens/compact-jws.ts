import { keyIdSchema } from "../ids.ts";

/** The parts of a JWS that nobody has verified yet. */
export type UnverifiedJws = {
  readonly header: { readonly alg: string; readonly typ: string; readonly kid: string };
  readonly claims: Readonly<Record<string, unknown>>;
};

/** In characters. Ours have at most `MAX_ACCESS_TOKEN_LENGTH`, 4 074. API Gateway takes 10 KB of headers in all. */
const MAX_LENGTH = 8192;

const SEGMENTS = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)$/;

/**
 * Takes a string as a JWS in compact serialization (RFC 7515 7.1) that this service may have made, before any key is
 * looked up. Undefined for everything else, whatever it is: it never throws.
 *
 * It is stricter than the RFC, because there is one issuer and so one way to write a token: three canonical base64url
 * segments (T5); JSON exactly as `JSON.stringify` writes it, which leaves no room for duplicate names, a BOM, `1e999`,
 * invalid UTF-8 or white space (T7); and the header members `alg`, `typ`, `kid` alone, with a `kid` as we make them, so that
 * `crit`, `b64`, `jwk`, `jku` and `x5u` end here (T4, T7). jose accepts several of these.
 *
 * It says nothing about the signature.
 */
export const parseCompactJws = (token: unknown): UnverifiedJws | undefined => {
  if (typeof token !== "string" || token.length > MAX_LENGTH) return undefined;
  const [, headerSegment, claimsSegment, signatureSegment] = SEGMENTS.exec(token) ?? [];
  if (headerSegment === undefined || claimsSegment === undefined || signatureSegment === undefined) return undefined;
  // RFC 4648 3.5: the unused bits of the last character are zero, so that a token has one spelling.
  if (Buffer.from(signatureSegment, "base64url").toString("base64url") !== signatureSegment) return undefined;

  const header = decodeObject(headerSegment);
  const claims = decodeObject(claimsSegment);
  if (header === undefined || claims === undefined) return undefined;

  const { alg, typ, kid, ...others } = header;
  if (typeof alg !== "string" || typeof typ !== "string") return undefined;
  if (typeof kid !== "string" || !keyIdSchema.safeParse(kid).success) return undefined;
  if (Object.keys(others).length > 0) return undefined;
  return { header: { alg, typ, kid }, claims };
};

/** What is written anew and comes out different was not written by us: one comparison of bytes for alphabet and JSON. */
const decodeObject = (segment: string): Record<string, unknown> | undefined => {
  try {
    const value: unknown = JSON.parse(Buffer.from(segment, "base64url").toString("utf8"));
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    return encode(value) === segment ? (value as Record<string, unknown>) : undefined;
  } catch {
    // Not JSON, or nested too deep for the stack.
    return undefined;
  }
};

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
