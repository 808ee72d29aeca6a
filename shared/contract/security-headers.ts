/**
 * The value of `Strict-Transport-Security` (RFC 6797 6.1). Two years, because the preload lists of browsers ask for at least one.
 *
 * With `includeSubDomains` browsers use HTTPS for every host below the host of the response too. The operator decides, because
 * only the operator knows these hosts: setting `hstsIncludeSubDomains`.
 */
export const hsts = (includeSubDomains: boolean): string =>
  `max-age=63072000${includeSubDomains ? "; includeSubDomains" : ""}`;

/** The headers that every response has: pages, responses of functions, and responses that API Gateway or the CDN makes (H1, H2). */
export const commonHeaders = ({ hstsIncludeSubDomains }: { readonly hstsIncludeSubDomains: boolean }) =>
  ({
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": hsts(hstsIncludeSubDomains),
    "X-Content-Type-Options": "nosniff",
  }) as const;

/** The headers of every response of the API (H1, H2). A function whose response may be cached sets `Cache-Control` itself. */
export const securityHeaders = (settings: { readonly hstsIncludeSubDomains: boolean }) =>
  ({
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    ...commonHeaders(settings),
  }) as const;

/** The headers that `securityHeaders` makes. */
export type SecurityHeaders = ReturnType<typeof securityHeaders>;
