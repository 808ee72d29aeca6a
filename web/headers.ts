import { commonHeaders } from "../shared/contract/security-headers.ts";

/**
 * The response headers of every page and asset. The deployment and the local service send the same headers (H2). The script never makes
 * HTML from text. So Trusted Types are required, and no policy may be created.
 */
const WEB_HEADERS: Readonly<Record<string, string>> = {
  "Content-Security-Policy": [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; "),
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
  "X-Frame-Options": "DENY",
};

/**
 * The response headers by path prefix. The longest matching prefix applies. The name of a file under `/assets/` contains a hash of its
 * content, so browsers keep these files. Browsers ask for the page each time.
 */
export const headersByPrefix = ({
  hstsIncludeSubDomains = "off",
}: {
  /** Whether HSTS applies to subdomains too. @default off */
  readonly hstsIncludeSubDomains?: "on" | "off";
} = {}): Readonly<Record<string, Readonly<Record<string, string>>>> => {
  const headers = {
    ...WEB_HEADERS,
    ...commonHeaders({ hstsIncludeSubDomains: hstsIncludeSubDomains === "on" }),
  };
  return {
    "/": { ...headers, "Cache-Control": "no-cache" },
    "/assets/": { ...headers, "Cache-Control": "public, max-age=31536000, immutable" },
  };
};

/** The response headers with the default settings. */
export const HEADERS_BY_PREFIX = headersByPrefix();
