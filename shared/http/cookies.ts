import type { IssuedTokens } from "../sessions/issue-tokens.ts";
import { DEVICE_TOKEN_SECONDS } from "../throttle/device-token.ts";

/** `__Host-` binds a cookie to this very host over TLS, so that no other host of the domain can set it (RFC 6265bis 4.1.3.2). */
export const ACCESS_COOKIE = "__Host-latchkey-access";
export const REFRESH_COOKIE = "__Host-latchkey-refresh";
/** Says which device this is, not who is signed in: it stays when the cookies of the session are cleared. */
export const DEVICE_COOKIE = "__Host-latchkey-device";

/** Script cannot read them, and no other site's POST carries them (RFC 6265bis 4.1.2). The same for setting and clearing (O3). */
const ATTRIBUTES = "Path=/; HttpOnly; Secure; SameSite=Lax";

/** What browsers keep of name and value together (RFC 6265bis 5.6); a longer cookie they drop without a word (C1). */
const MAX_LENGTH = 4096;

/** Our cookies as a request has them. The client chooses the values: nothing is verified yet. */
export type RequestCookies = {
  readonly access?: string | undefined;
  readonly refresh?: string | undefined;
  readonly device?: string | undefined;
  /** Whether the request has a cookie of a session, one that is not taken included. */
  readonly present: boolean;
};

/**
 * Finds our cookies in the `Cookie` headers of a request (RFC 6265bis 4.2.1). A cookie that is there twice is not taken
 * at all: nobody can say which of the two this service has set (C6). Not by a library, because those of the field take
 * the first or the last and do not tell.
 *
 * Only space and tab are white space (C7). `String.trim` removes U+00A0 too: a host of the same domain can set a cookie of the
 * name `\u00a0__Host-latchkey-access`, to which browsers do not apply the rule of the prefix.
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

/** Without the white space of HTTP at both ends: SP and HTAB (RFC 9110 5.6.3). */
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
 * The values of `Set-Cookie` for a pair of tokens. The browser forgets each when its token ends: a request without an access
 * cookie is answered 401 like one with an expired token, and the client refreshes.
 *
 * @throws RangeError for a token that browsers would not keep
 */
export const tokenCookies = (tokens: IssuedTokens): readonly string[] => [
  setCookie(ACCESS_COOKIE, tokens.accessToken, tokens.accessTokenSeconds),
  setCookie(REFRESH_COOKIE, tokens.refreshToken, tokens.refreshTokenSeconds),
];

/** The value of `Set-Cookie` by which a browser is known at its next login. */
export const deviceCookie = (deviceToken: string): string =>
  setCookie(DEVICE_COOKIE, deviceToken, DEVICE_TOKEN_SECONDS);

/** The values of `Set-Cookie` that make a browser forget the session. */
export const CLEARED_COOKIES: readonly string[] = [ACCESS_COOKIE, REFRESH_COOKIE].map((name) => setCookie(name, "", 0));
