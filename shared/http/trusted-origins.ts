import { mayUseCookies } from "./browser-origin.ts";
import type { HeaderReader } from "./header-values.ts";

/** Whose pages may use a session in cookies. */
export type TrustedOrigins = {
  /** Its origin is ours: there the API answers, and behind a CDN the pages stand. */
  readonly issuer: string;
  /** Origins of apps among them count as foreign, because apps have no session in cookies. */
  readonly allowedOrigins: readonly string[];
};

/**
 * Whether a browser says that a request comes from a page of ours (C4). Page script can set neither header, so one that
 * says otherwise refuses. `Origin: null` (a sandboxed frame, a redirect across origins) is nobody's. Of a client that sends
 * neither header nothing is known: it must prove itself by the CSRF token.
 *
 * `Sec-Fetch-Site: same-site` is another origin of our domain: good if `Origin` is on the list. `none` is the user's own
 * doing, as from a bookmark.
 */
export const isTrustedOrigin = (header: HeaderReader, site: TrustedOrigins): boolean => {
  const [origin, ...otherOrigins] = header("origin");
  const [fetchSite = "none", ...otherFetchSites] = header("sec-fetch-site");
  if (otherOrigins.length > 0 || otherFetchSites.length > 0) return false;
  if (origin === undefined) return fetchSite === "same-origin" || fetchSite === "none";
  return ["same-origin", "same-site", "none"].includes(fetchSite) && isListedOrigin(origin, header("host"), site);
};

/**
 * The origin of the host that the browser called is ours whatever the operator named it: a page elsewhere cannot choose
 * `Host`. The scheme is the issuer's, because http://our.host may be anybody on the network.
 */
const isListedOrigin = (
  origin: string,
  [host]: readonly string[],
  { issuer, allowedOrigins }: TrustedOrigins,
): boolean => {
  const { origin: issuerOrigin, protocol } = new URL(issuer);
  const isHost = host !== undefined && origin === `${protocol}//${host}`;
  return isHost || origin === issuerOrigin || (allowedOrigins.includes(origin) && mayUseCookies(origin));
};
