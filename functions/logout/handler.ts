import * as z from "zod/mini";
import { bearerToken } from "../../shared/http/bearer-token.ts";
import { type CookieSessionDependencies, requireCsrfForCookieSession } from "../../shared/http/cookie-session.ts";
import { CLEARED_COOKIES } from "../../shared/http/cookies.ts";
import { type HttpHandler, httpHandler } from "../../shared/http/handler.ts";
import { type LogoutDependencies, logOut, logOutSession } from "../../shared/sessions/log-out.ts";

/** Anything is taken, because any token that is not ours gets the same answer (RFC 7009 2.2). */
const body = z.object({ refresh_token: z.optional(z.unknown()) });

/**
 * POST /auth/logout. Tokens in the body or in `Authorization` come first, and must be those of a bearer session. Cookies are
 * cleared whatever became of their session, but only for a request that has them: a form on another site has none, and must
 * not sign anybody out.
 */
export const createLogout = (
  dependencies: LogoutDependencies & Pick<CookieSessionDependencies, "sessions">,
  allowedOrigins: readonly string[],
): HttpHandler => {
  const trustedOrigins = { issuer: dependencies.verifier.issuer, allowedOrigins };
  return httpHandler(
    body,
    async ({ body, cookies, headers, caller }) => {
      const tokens = { refreshToken: body.refresh_token, accessToken: bearerToken(headers) };
      if (await logOut(dependencies, { ...tokens, transport: "bearer" }, caller)) return { status: 204 };

      // A token of nobody's is no reason to let a request with cookies off (C4).
      const session = await requireCsrfForCookieSession({ ...dependencies, trustedOrigins }, { cookies, headers });
      const usesCookies = body.refresh_token === undefined && !headers.has("authorization");
      if (!usesCookies || !cookies.present) return { status: 204 };
      if (session !== undefined) await logOutSession(dependencies, session, caller);
      return { status: 204, cookies: CLEARED_COOKIES };
    },
    { allowedOrigins },
  );
};
