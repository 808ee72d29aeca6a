import type { IssuedTokens } from "../sessions/issue-tokens.ts";
import { toPublicUser } from "../users/user.ts";
import { deviceCookie, tokenCookies } from "./cookies.ts";
import type { HttpResponse } from "./response.ts";

/**
 * The answer to login, refresh and change of password (RFC 6749 5.1, with the session and the user beside the tokens). The
 * tokens of a cookie session go into cookies and nowhere else, where script cannot read them (C2); the body carries the CSRF
 * token instead.
 *
 * @param deviceToken of whoever has proved the password (B4): in a cookie of its own, or in the body
 * @throws RangeError for a token that does not fit into a cookie
 */
export const toTokenResponse = (tokens: IssuedTokens, deviceToken?: string): HttpResponse => {
  const common = {
    expires_in: tokens.accessTokenSeconds,
    refresh_expires_in: tokens.refreshTokenSeconds,
    session_id: tokens.session.sessionId,
    user: toPublicUser(tokens.user),
  };
  if (tokens.session.transport === "cookie") {
    return {
      status: 200,
      body: { csrf_token: tokens.csrfToken, ...common },
      cookies: [...tokenCookies(tokens), ...(deviceToken === undefined ? [] : [deviceCookie(deviceToken)])],
    };
  }
  return {
    status: 200,
    body: {
      access_token: tokens.accessToken,
      token_type: "Bearer",
      refresh_token: tokens.refreshToken,
      ...common,
      ...(deviceToken === undefined ? {} : { device_token: deviceToken }),
    },
  };
};
