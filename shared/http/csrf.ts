import { matchesCsrfHash } from "../tokens/csrf-token.ts";
import type { HeaderReader } from "./header-values.ts";
import { isFromOwnSite, type OwnSite } from "./own-site.ts";

/**
 * Whether an unsafe call with a session in cookies is meant by a page of ours: by where the browser says it comes from,
 * and by the session's CSRF token in `X-CSRF-Token`, which other sites can neither read nor send (C3, C4).
 */
export const provesIntent = (header: HeaderReader, csrfHash: string, site: OwnSite): boolean => {
  const [csrfToken, ...others] = header("x-csrf-token");
  if (csrfToken === undefined || others.length > 0) return false;
  return matchesCsrfHash(csrfToken, csrfHash) && isFromOwnSite(header, site);
};
