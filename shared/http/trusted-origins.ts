import { mayUseCookies } from "../contract/browser-origins.ts";
import type { RequestHeaders } from "./header-values.ts";

/** The origins whose pages may use a session in cookies. */
export type TrustedOrigins = {
  /** The origin of the issuer is trusted: the API has this origin, and behind a CDN the pages have it too. */
  readonly issuer: string;
  /** The origins that the operator allows. An app's origin on this list is not trusted, because apps have no session in cookies. */
  readonly allowedOrigins: readonly string[];
};

/**
 * Whether `Origin` and `Sec-Fetch-Site` allow that a trusted page sent the request (C4). Scripts of a page can set neither
 * header.
 *
 * - A request without both headers passes. The CSRF token must prove the rest.
 * - `Origin: null` (a sandboxed frame, a redirect across origins) is not trusted.
 * - `Sec-Fetch-Site: same-site` means another origin of the same domain. It passes only if `Origin` is trusted.
 * - `Sec-Fetch-Site: none` means that the user started the request, for example from a bookmark.
 * - A repeated header is never trusted (C7).
 */
export const isTrustedOrigin = (headers: RequestHeaders, trusted: TrustedOrigins): boolean => {
  if ((["origin", "sec-fetch-site", "host"] as const).some(headers.isRepeated)) return false;
  const origin = headers.single("origin");
  const fetchSite = headers.single("sec-fetch-site") ?? "none";
  if (origin === undefined) return fetchSite === "same-origin" || fetchSite === "none";
  return (
    ["same-origin", "same-site", "none"].includes(fetchSite) && isListedOrigin(origin, headers.single("host"), trusted)
  );
};

/**
 * Whether the origin is that of the called host, of the issuer, or on the list. The origin of the called host is trusted whatever
 * its name, because a page elsewhere cannot choose `Host`. Its scheme must be the scheme of the issuer: without TLS anybody on
 * the network can serve pages as `http://our.host`.
 */
const isListedOrigin = (
  origin: string,
  host: string | undefined,
  { issuer, allowedOrigins }: TrustedOrigins,
): boolean => {
  const { origin: issuerOrigin, protocol } = new URL(issuer);
  const isHost = host !== undefined && origin === `${protocol}//${host}`;
  return isHost || origin === issuerOrigin || (allowedOrigins.includes(origin) && mayUseCookies(origin));
};
