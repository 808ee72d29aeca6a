import { allowedOriginHeaders } from "../contract/cors.ts";

/**
 * CORS for a response (C5): the exact origin if it is on the list, with credentials if its pages may use cookies. `Vary` is
 * there in any case, so that no cache serves the response to one origin to another.
 */
export const corsHeaders = (origin: string | undefined, allowedOrigins: readonly string[]): Record<string, string> => {
  if (allowedOrigins.length === 0) return {};
  if (origin === undefined || !allowedOrigins.includes(origin)) return { Vary: "Origin" };
  return allowedOriginHeaders(origin);
};
