import type { IssuedTokens } from "../sessions/issue-tokens.ts";
import { toPublicUser } from "../users/user.ts";
import { toDeviceCookie, toTokenCookies } from "./cookies.ts";
import type { HttpResponse } from "./response.ts";

/**
 * Makes the response to login, refresh and change of password (RFC 6749 5.1, with the session and the user beside the tokens).
 * The tokens of a cookie session are in cookies only, where scripts cannot read them (C2). The body has the CSRF token instead.
 *
 * @param deviceToken the new device token, after a request with the right password (B4). It goes into a separate cookie, or
 * into the body.
 * @throws RangeError if a token does not fit into a cookie
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
      cookies: [...toTokenCookies(tokens), ...(deviceToken === undefined ? [] : [toDeviceCookie(deviceToken)])],
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
