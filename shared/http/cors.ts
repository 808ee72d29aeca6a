import { allowedOriginHeaders } from "../contract/cors.ts";
import type { RequestHeaders } from "./header-values.ts";

/**
 * The CORS headers of the response to a request (C5). They name the origin of the request only if the origin is allowed, and
 * allow credentials only if pages of this origin may use cookies. A request with two `Origin` headers counts as one without (C7).
 *
 * `Vary` is always there, so that no cache sends a response for one origin to another. If no origin is allowed, there are no
 * headers at all.
 */
export const toCorsHeaders = (headers: RequestHeaders, allowedOrigins: readonly string[]): Record<string, string> => {
  if (allowedOrigins.length === 0) return {};
  const origin = headers.isRepeated("origin") ? undefined : headers.single("origin");
  if (origin === undefined || !allowedOrigins.includes(origin)) return { Vary: "Origin" };
  return allowedOriginHeaders(origin);
};
