import * as z from "zod/mini";
import { bearerToken } from "../../shared/http/bearer-token.ts";
import { type CookieSessionDependencies, requireCsrfForCookieSession } from "../../shared/http/cookie-session.ts";
import { CLEARED_COOKIES } from "../../shared/http/cookies.ts";
import { type HttpHandler, httpHandler } from "../../shared/http/handler.ts";
import { type LogoutDependencies, logOut } from "../../shared/sessions/log-out.ts";

/** Anything is taken, because any token that is not ours gets the same answer (RFC 7009 2.2). */
const body = z.object({ refresh_token: z.optional(z.unknown()) });

/**
 * POST /auth/logout. Tokens in the body or in `Authorization` come first. Cookies are cleared whatever became of their
 * session, but only for a request that carries them: a form on another site carries none, and must not sign anybody out.
 */
export const createLogout = (
  dependencies: LogoutDependencies & Pick<CookieSessionDependencies, "sessions">,
  allowedOrigins: readonly string[],
): HttpHandler => {
  const site = { issuer: dependencies.verifier.issuer, allowedOrigins };
  return httpHandler(
    body,
    async ({ body, cookies, header, caller }) => {
      const authorization = header("authorization");
      const bearer = { refreshToken: body.refresh_token, accessToken: bearerToken(authorization) };
      if (await logOut(dependencies, bearer, caller)) return { status: 204 };

      // A token of nobody's is no reason to let a request with cookies off (C4).
      await requireCsrfForCookieSession({ ...dependencies, site }, { cookies, header });
      if (body.refresh_token !== undefined || authorization.length > 0 || !cookies.present) return { status: 204 };
      await logOut(dependencies, { refreshToken: cookies.refresh, accessToken: cookies.access }, caller);
      return { status: 204, cookies: CLEARED_COOKIES };
    },
    { allowedOrigins },
  );
};
