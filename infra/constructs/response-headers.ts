/** On every answer that API Gateway makes itself, as on those of the functions (H1, H2). */
export const SECURITY_HEADERS = {
  "Cache-Control": "no-store",
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
  "Referrer-Policy": "no-referrer",
  "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
  "X-Content-Type-Options": "nosniff",
} as const;

/** CORS with credentials for one exact origin (C5). */
export const corsHeaders = (origin: string) => ({
  Vary: "Origin",
  "Access-Control-Allow-Origin": origin,
  "Access-Control-Allow-Credentials": "true",
  "Access-Control-Expose-Headers": "Retry-After",
});

/** API Gateway takes a static header value between single quotes, and leaves those inside it alone (`'none'` of the CSP). */
export const quoted = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, `'${value}'`]));
