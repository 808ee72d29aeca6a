import { commonHeaders } from "../shared/contract/security-headers.ts";

/**
 * The headers of every page and file of the web part, the same wherever it is served from (H2). The script needs none of what
 * the policy forbids: it makes no HTML from text, so Trusted Types are on and no policy may be created.
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
 * All headers by the beginning of the path; the longest that fits counts. Files under `/assets/` carry a hash of their content in
 * their names; the page that names them is asked for each time.
 */
export const headersByPrefix = ({
  hstsIncludeSubDomains = "off",
}: {
  /** @default off */
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

/** The same with the default settings. */
export const HEADERS_BY_PREFIX = headersByPrefix();
