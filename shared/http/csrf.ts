import { matchesCsrfHash } from "../tokens/csrf-token.ts";
import type { HeaderReader } from "./header-values.ts";
import { isTrustedOrigin, type TrustedOrigins } from "./trusted-origins.ts";

/**
 * Whether an unsafe call with a session in cookies is meant by a page of ours: by where the browser says it comes from,
 * and by the session's CSRF token in `X-CSRF-Token`, which other sites can neither read nor send (C3, C4).
 */
export const hasValidCsrfToken = (header: HeaderReader, csrfHash: string, site: TrustedOrigins): boolean => {
  const [csrfToken, ...others] = header("x-csrf-token");
  if (csrfToken === undefined || others.length > 0) return false;
  return matchesCsrfHash(csrfToken, csrfHash) && isTrustedOrigin(header, site);
};
