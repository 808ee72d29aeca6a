import { mayUseCookies } from "./browser-origins.ts";

/** The part of CORS that is the same for every allowed origin (C5). `Vary` keeps caches from serving one origin's response to another. */
export const ANY_ORIGIN_HEADERS = { Vary: "Origin", "Access-Control-Expose-Headers": "Retry-After" } as const;

/** The part of CORS that depends on the origin: the exact origin, with credentials if its pages may use cookies (C5). */
export const originHeaders = (origin: string): Record<string, string> => ({
  "Access-Control-Allow-Origin": origin,
  ...(mayUseCookies(origin) ? { "Access-Control-Allow-Credentials": "true" } : {}),
});

/** CORS for one exact origin that is allowed. */
export const allowedOriginHeaders = (origin: string): Record<string, string> => ({
  ...ANY_ORIGIN_HEADERS,
  ...originHeaders(origin),
});
