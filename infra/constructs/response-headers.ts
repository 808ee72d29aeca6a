import type { Settings } from "../settings.ts";

/** What an operator decides about the headers of responses. Every place that makes a response takes it from here. */
export type ResponseHeaderSettings = Pick<Settings, "allowedOrigins"> &
  Partial<Pick<Settings, "allowedRequestHeaders" | "hstsIncludeSubDomains">>;

/** Two years, as `shared/http/security-headers.ts` says. */
const HSTS = "max-age=63072000";

/** On every response that API Gateway and the CDN make themselves, as on those of the functions (H1, H2). */
export const securityHeaders = ({ hstsIncludeSubDomains = "off" }: Partial<ResponseHeaderSettings>) =>
  ({
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": hstsIncludeSubDomains === "on" ? `${HSTS}; includeSubDomains` : HSTS,
    "X-Content-Type-Options": "nosniff",
  }) as const;

const WEB_ORIGIN = /^https:\/\/(?!(?:[^/]*\.)localhost(?::\d+)?$)/;
const LOOPBACK_ORIGIN = /^http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/;

/** Whether pages of an origin may use a session in cookies: the same rule as `shared/http/browser-origin.ts`. */
export const mayUseCookies = (origin: string): boolean => WEB_ORIGIN.test(origin) || LOOPBACK_ORIGIN.test(origin);

/** CORS for one exact origin, with credentials if its pages may use cookies (C5). */
export const corsHeaders = (origin: string): Record<string, string> => ({
  Vary: "Origin",
  ...originHeaders(origin),
  "Access-Control-Expose-Headers": "Retry-After",
});

/** The part of CORS that depends on the origin. */
export const originHeaders = (origin: string): Record<string, string> => ({
  "Access-Control-Allow-Origin": origin,
  ...(mayUseCookies(origin) ? { "Access-Control-Allow-Credentials": "true" } : {}),
});

/** API Gateway takes a static header value between single quotes, and leaves those inside it alone (`'none'` of the CSP). */
export const quoted = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, `'${value}'`]));
