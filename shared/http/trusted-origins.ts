import { mayUseCookies } from "../contract/browser-origins.ts";
import type { RequestHeaders } from "./header-values.ts";

/** The origins whose pages may use a session in cookies. */
export type TrustedOrigins = {
  /** Its origin is trusted: there the API answers, and behind a CDN the pages stand. */
  readonly issuer: string;
  /** Origins of apps among them count as foreign, because apps have no session in cookies. */
  readonly allowedOrigins: readonly string[];
};

/**
 * Whether a browser says that a request comes from a trusted page (C4). Page script can set neither header, so one that
 * says otherwise rejects the request. `Origin: null` (a sandboxed frame, a redirect across origins) is nobody's. Of a client
 * that sends neither header nothing is known: it must prove itself by the CSRF token.
 *
 * `Sec-Fetch-Site: same-site` is another origin of our domain: good if `Origin` is on the list. `none` is the user's own
 * doing, as from a bookmark. A header that is repeated is never trusted (C7).
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
 * The origin of the host that the browser called is ours whatever the operator named it: a page elsewhere cannot choose
 * `Host`. The scheme is the issuer's, because http://our.host may be anybody on the network.
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
