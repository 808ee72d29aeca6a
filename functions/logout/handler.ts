import * as z from "zod/mini";
import { readBearerToken } from "../../shared/http/bearer-token.ts";
import { type CookieSessionDependencies, requireCsrfForCookieSession } from "../../shared/http/cookie-session.ts";
import { CLEARED_COOKIES } from "../../shared/http/cookies.ts";
import { type HttpHandler, httpHandler } from "../../shared/http/handler.ts";
import type { HttpOptions } from "../../shared/http/http-options.ts";
import { type LogoutDependencies, logOut, logOutSession } from "../../shared/sessions/log-out.ts";

/** What POST /auth/logout needs besides the HTTP options. */
export type LogoutRouteDependencies = LogoutDependencies & CookieSessionDependencies;

/** Any JSON value is accepted as a token, because the response to an invalid token is the same (RFC 7009 2.2). */
const body = z.object({ refresh_token: z.optional(z.unknown()) });

/**
 * POST /auth/logout: 204, also if there was no session to revoke.
 *
 * Tokens in the body or in `Authorization` come first and must belong to a bearer session. Otherwise the session in the
 * cookies is revoked. The cookies are cleared, whether or not their session was live. But a request without cookies gets no
 * `Set-Cookie`: a form on another site sends no cookies and must not sign its visitor out.
 *
 * @throws LatchkeyError `csrf_failed`
 */
export const createLogout = (dependencies: LogoutRouteDependencies, options: HttpOptions): HttpHandler =>
  httpHandler(
    body,
    async ({ body, cookies, headers, caller }) => {
      const tokens = { refreshToken: body.refresh_token, accessToken: readBearerToken(headers) };
      if (await logOut(dependencies, { ...tokens, transport: "bearer" }, caller)) return { status: 204 };

      // An invalid token must not let a request with cookies skip the CSRF check (C4).
      const session = await requireCsrfForCookieSession(dependencies, { cookies, headers });
      const usesCookies = body.refresh_token === undefined && !headers.has("authorization");
      if (!usesCookies || !cookies.present) return { status: 204 };
      if (session !== undefined) await logOutSession(dependencies, session, caller);
      return { status: 204, cookies: CLEARED_COOKIES };
    },
    options,
  );
