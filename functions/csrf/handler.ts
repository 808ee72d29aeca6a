import * as z from "zod/mini";
import { LatchkeyError } from "../../shared/errors.ts";
import { type CookieSessionDependencies, findLiveCookieSession } from "../../shared/http/cookie-session.ts";
import { type HttpHandler, httpHandler } from "../../shared/http/handler.ts";
import type { HttpOptions } from "../../shared/http/http-options.ts";
import type { TokenRecognition } from "../../shared/sessions/identify-session.ts";
import { deriveCsrfToken } from "../../shared/tokens/csrf-token.ts";

/** What GET /auth/csrf needs besides the HTTP options. */
export type CsrfRouteDependencies = TokenRecognition & Pick<CookieSessionDependencies, "sessions">;

/**
 * GET /auth/csrf: the CSRF token of the session in the cookies. At most two reads.
 *
 * The route has no authorizer and accepts the refresh cookie too. A page that comes back after its access token has expired
 * needs the CSRF token for the refresh.
 *
 * @throws LatchkeyError `invalid_token` if the cookies belong to no live session, or if the request has `Authorization`
 */
export const createCsrf = (dependencies: CsrfRouteDependencies, options: HttpOptions): HttpHandler =>
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
    options,
  );
