import { matchesCsrfHash } from "../tokens/csrf-token.ts";
import type { RequestHeaders } from "./header-values.ts";
import { isTrustedOrigin, type TrustedOrigins } from "./trusted-origins.ts";

/** What another site could do by making a browser send the request: nothing, change something, or open a socket. */
export type Call = "safe" | "unsafe" | "connect";

/**
 * Whether a request with a session in cookies is the will of a trusted page, and not another site's doing:
 *
 * - A safe call changes nothing and always passes.
 * - An unsafe call needs the CSRF token of the session in `X-CSRF-Token`, which other sites can neither read nor send, and a
 *   trusted origin where the browser names one (C3, C4).
 * - A WebSocket cannot be opened with a header of ours, and the page that opens it reads along. Browsers always send
 *   `Origin` there, so opening one needs a trusted origin.
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
