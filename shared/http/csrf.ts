import { matchesCsrfHash } from "../tokens/csrf-token.ts";
import type { RequestHeaders } from "./header-values.ts";
import { isTrustedOrigin, type TrustedOrigins } from "./trusted-origins.ts";

/**
 * The kind of a request, for the CSRF check: `safe` changes nothing, `unsafe` may change something, `connect` opens a WebSocket.
 */
export type Call = "safe" | "unsafe" | "connect";

/**
 * Whether a trusted page sent a request with a session in cookies, and not another site through the user's browser:
 *
 * - `safe` always passes, because the request changes nothing.
 * - `unsafe` needs the CSRF token of the session in `X-CSRF-Token`, which other sites can neither read nor send. If the browser
 *   names an origin, the origin must be trusted (C3, C4).
 * - `connect` needs a trusted origin. A page cannot add `X-CSRF-Token` when it opens a WebSocket, but browsers always send
 *   `Origin` then.
 *
 * @param csrfHash `hashCsrfToken` of the session's CSRF token
 */
export const passesCsrfCheck = (
  { call, headers }: { readonly call: Call; readonly headers: RequestHeaders },
  csrfHash: string,
  trusted: TrustedOrigins,
): boolean => {
  switch (call) {
    case "safe":
      return true;
    case "unsafe":
      return hasCsrfToken(headers, csrfHash) && isTrustedOrigin(headers, trusted);
    case "connect":
      return headers.has("origin") && isTrustedOrigin(headers, trusted);
  }
};

const hasCsrfToken = (headers: RequestHeaders, csrfHash: string): boolean => {
  if (headers.isRepeated("x-csrf-token")) return false;
  const csrfToken = headers.single("x-csrf-token");
  return csrfToken !== undefined && matchesCsrfHash(csrfToken, csrfHash);
};
