import type { IssuedTokens } from "../sessions/issue-tokens.ts";
import { DEVICE_TOKEN_SECONDS } from "../throttle/device-token.ts";

/**
 * The cookie with the access token. `__Host-` binds a cookie to this host over TLS, so that no other host of the domain can set
 * the cookie (RFC 6265bis 4.1.3.2).
 */
export const ACCESS_COOKIE = "__Host-latchkey-access";
/** The cookie with the refresh token. */
export const REFRESH_COOKIE = "__Host-latchkey-refresh";
/** The cookie with the device token. It names the device, not the user, so it stays when the cookies of the session are cleared. */
export const DEVICE_COOKIE = "__Host-latchkey-device";

/**
 * The attributes of every cookie, to set it and to clear it (O3). Scripts cannot read the cookies, and browsers do not send them
 * with a POST from another site (RFC 6265bis 4.1.2).
 */
const ATTRIBUTES = "Path=/; HttpOnly; Secure; SameSite=Lax";

/** In bytes, name and value together (RFC 6265bis 5.6). Browsers drop a longer cookie and report no error (C1). */
const MAX_LENGTH = 4096;

/** The cookies of this service in a request. The client chooses the values, so nothing is verified yet. */
export type RequestCookies = {
  readonly access?: string | undefined;
  readonly refresh?: string | undefined;
  readonly device?: string | undefined;
  /** Whether the request has an access or refresh cookie, also one that is there twice. */
  readonly present: boolean;
};

/**
 * Finds the cookies of this service in the `Cookie` headers of a request (RFC 6265bis 4.2.1). A cookie that is there twice
 * counts as absent, because the service may have set either of the two (C6). Cookie libraries take the first or the last one
 * and do not report the other, so this function uses none.
 *
 * Only space and tab are white space (C7). `String.trim` removes U+00A0 too: a host of the same domain can set a cookie of the
 * name `\u00a0__Host-latchkey-access`, and browsers do not apply the rule of the prefix to that name.
 */
export const readCookies = (cookieHeaders: readonly string[]): RequestCookies => {
  const pairs = cookieHeaders.flatMap((header) => header.split(";")).map(trimSpaceAndTab);
  const readValues = (name: string) =>
    pairs.filter((pair) => pair.startsWith(`${name}=`)).map((pair) => pair.slice(name.length + 1));
  const access = readValues(ACCESS_COOKIE);
  const refresh = readValues(REFRESH_COOKIE);
  return {
    access: onlyOne(access),
    refresh: onlyOne(refresh),
    device: onlyOne(readValues(DEVICE_COOKIE)),
    present: access.length + refresh.length > 0,
  };
};

/** Removes the white space of HTTP at both ends: SP and HTAB (RFC 9110 5.6.3). */
const trimSpaceAndTab = (text: string): string => text.replace(/^[ \t]+/, "").replace(/(?<![ \t])[ \t]+$/, "");

const onlyOne = ([first, ...others]: readonly string[]): string | undefined =>
  others.length === 0 ? first : undefined;

const setCookie = (name: string, value: string, maxAgeSeconds: number): string => {
  if (name.length + value.length > MAX_LENGTH) {
    throw new RangeError(`${name} would be longer than the ${MAX_LENGTH} bytes that browsers keep`);
  }
  return `${name}=${value}; Max-Age=${maxAgeSeconds}; ${ATTRIBUTES}`;
};

/**
 * The values of `Set-Cookie` for a pair of tokens. The browser forgets each cookie when its token expires. Then a request without
 * an access cookie gets a 401, as with an expired token, and the client refreshes.
 *
 * @throws RangeError if a cookie would be longer than browsers keep
 */
export const toTokenCookies = (tokens: IssuedTokens): readonly string[] => [
  setCookie(ACCESS_COOKIE, tokens.accessToken, tokens.accessTokenSeconds),
  setCookie(REFRESH_COOKIE, tokens.refreshToken, tokens.refreshTokenSeconds),
];

/** The value of `Set-Cookie` with the device token, which the browser sends with its next login. */
export const toDeviceCookie = (deviceToken: string): string =>
  setCookie(DEVICE_COOKIE, deviceToken, DEVICE_TOKEN_SECONDS);

/** The values of `Set-Cookie` that make a browser forget the cookies of the session. */
export const CLEARED_COOKIES: readonly string[] = [ACCESS_COOKIE, REFRESH_COOKIE].map((name) => setCookie(name, "", 0));
