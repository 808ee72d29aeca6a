/** Two years, in seconds (RFC 6797 6.1.1). The preload lists of browsers require at least one year. */
const HSTS = "max-age=63072000";

/**
 * The headers of every response (H1, H2). A function whose response may be cached sets `Cache-Control` itself.
 *
 * `includeSubDomains` makes browsers use HTTPS for every host below the host of the API. The operator decides, because
 * only the operator knows these hosts: setting `hstsIncludeSubDomains`.
 */
export const securityHeaders = ({ hstsIncludeSubDomains }: { readonly hstsIncludeSubDomains: boolean }) =>
  ({
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": hstsIncludeSubDomains ? `${HSTS}; includeSubDomains` : HSTS,
    "X-Content-Type-Options": "nosniff",
  }) as const;

/** The names and values of the security headers. */
export type SecurityHeaders = ReturnType<typeof securityHeaders>;
