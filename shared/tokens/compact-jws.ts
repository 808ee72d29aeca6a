import { keyIdSchema } from "../ids.ts";

/** The header and the claims of a JWS whose signature is not verified yet. */
export type UnverifiedJws = {
  readonly header: { readonly alg: string; readonly typ: string; readonly kid: string };
  readonly claims: Readonly<Record<string, unknown>>;
};

/** In characters. The service issues at most 4 074 (`MAX_ACCESS_TOKEN_LENGTH`). API Gateway accepts 10 KB of headers together. */
const MAX_LENGTH = 8192;

const SEGMENTS = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)$/;

/**
 * Parses a JWS in compact serialization (RFC 7515 7.1) that this service may have issued, before a key is looked up. The signature
 * is not verified. Never throws.
 *
 * The parser is stricter than the RFC, because there is only one issuer and so only one way to write a token:
 * - three canonical base64url segments (T5);
 * - JSON exactly as `JSON.stringify` writes it. That excludes duplicate names, a BOM, `1e999`, invalid UTF-8 and white space (T7);
 * - only the header members `alg`, `typ` and `kid`, with a `kid` that this service could have made. That excludes `crit`, `b64`,
 *   `jwk`, `jku` and `x5u` (T4, T7).
 *
 * jose accepts several of these.
 *
 * @returns undefined for any other value
 * @example parseCompactJws(token)?.header.kid
 */
export const parseCompactJws = (token: unknown): UnverifiedJws | undefined => {
  if (typeof token !== "string" || token.length > MAX_LENGTH) return undefined;
  const [, headerSegment, claimsSegment, signatureSegment] = SEGMENTS.exec(token) ?? [];
  if (headerSegment === undefined || claimsSegment === undefined || signatureSegment === undefined) return undefined;
  // RFC 4648 3.5: the unused bits of the last character must be zero, so that a token has only one spelling.
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

/**
 * Decodes a segment and encodes the value again. If the result differs, this service did not write the segment. That one
 * comparison checks the alphabet, the padding and the JSON.
 */
const decodeObject = (segment: string): Record<string, unknown> | undefined => {
  try {
    const value: unknown = JSON.parse(Buffer.from(segment, "base64url").toString("utf8"));
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    return encode(value) === segment ? (value as Record<string, unknown>) : undefined;
  } catch {
    // The segment is not JSON, or is nested too deep for the stack.
    return undefined;
  }
};

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
