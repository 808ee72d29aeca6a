import type { IssuedTokens } from "../sessions/issue-tokens.ts";

/** `__Host-` binds a cookie to this very host over TLS, so that no other host of the domain can set it (RFC 6265bis 4.1.3.2). */
export const ACCESS_COOKIE = "__Host-latchkey-access";
export const REFRESH_COOKIE = "__Host-latchkey-refresh";

/** Script cannot read them, and no other site's POST carries them (RFC 6265bis 4.1.2). The same for setting and clearing (O3). */
const ATTRIBUTES = "Path=/; HttpOnly; Secure; SameSite=Lax";

/** What browsers keep of name and value together (RFC 6265bis 5.6); a longer cookie they drop without a word (C1). */
const MAX_LENGTH = 4096;

/** The session's cookies as a request carries them. The values are whatever the client says. */
export type SessionCookies = {
  readonly access?: string | undefined;
  readonly refresh?: string | undefined;
  /** Whether there was any, also one that cannot be taken. */
  readonly present: boolean;
};

/**
 * Finds our two cookies in the `Cookie` headers of a request (RFC 6265bis 4.2.1). A cookie that is there twice is not taken
 * at all: nobody can say which of the two this service has set (C6). Not by a library, because those of the field take
 * the first or the last and do not tell.
 */
export const readSessionCookies = (cookieHeaders: readonly string[]): SessionCookies => {
  const pairs = cookieHeaders.flatMap((header) => header.split(";")).map((pair) => pair.trim());
  const readValues = (name: string) =>
    pairs.filter((pair) => pair.startsWith(`${name}=`)).map((pair) => pair.slice(name.length + 1));
  const access = readValues(ACCESS_COOKIE);
  const refresh = readValues(REFRESH_COOKIE);
  return { access: onlyOne(access), refresh: onlyOne(refresh), present: access.length + refresh.length > 0 };
};

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

/** The values of `Set-Cookie` that make a browser forget the session. */
export const CLEARED_COOKIES: readonly string[] = [ACCESS_COOKIE, REFRESH_COOKIE].map((name) => setCookie(name, "", 0));
