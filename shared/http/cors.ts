/**
 * CORS for an answer (C5): the exact origin if it is on the list, and `Vary` in any case, so that no cache serves one
 * origin's answer to another.
 */
export const corsHeaders = (origin: string | undefined, allowedOrigins: readonly string[]): Record<string, string> => {
  if (allowedOrigins.length === 0) return {};
  if (origin === undefined || !allowedOrigins.includes(origin)) return { Vary: "Origin" };
  return {
    Vary: "Origin",
    "Access-Control-Allow-Origin": origin,
    "Access-Control-Allow-Credentials": "true",
    "Access-Control-Expose-Headers": "Retry-After",
  };
};
