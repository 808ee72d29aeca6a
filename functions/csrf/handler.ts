import * as z from "zod/mini";
import { LatchkeyError } from "../../shared/errors.ts";
import { type CookieSessionDependencies, findLiveCookieSession } from "../../shared/http/cookie-session.ts";
import { type HttpHandler, httpHandler } from "../../shared/http/handler.ts";
import type { TokenRecognition } from "../../shared/sessions/identify-session.ts";
import { deriveCsrfToken } from "../../shared/tokens/csrf-token.ts";

export type CsrfDependencies = TokenRecognition & Pick<CookieSessionDependencies, "sessions">;

/**
 * GET /auth/csrf: the CSRF token of the cookie session. It stands before the authorizer and takes the refresh cookie too,
 * because a page that comes back after its access token expired needs the CSRF token to refresh.
 */
export const createCsrf = (dependencies: CsrfDependencies, allowedOrigins: readonly string[]): HttpHandler =>
  httpHandler(
    z.unknown(),
    async ({ cookies, headers }) => {
      const usesCookies = !headers.has("authorization");
      const session = usesCookies ? await findLiveCookieSession(dependencies, cookies) : undefined;
      if (session === undefined) {
        throw new LatchkeyError("invalid_token", { credentialSent: !usesCookies || cookies.present });
      }
      return { status: 200, body: { csrf_token: deriveCsrfToken(session.sessionId, await dependencies.keyRing()) } };
    },
    { allowedOrigins },
  );
