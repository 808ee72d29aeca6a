import * as z from "zod/mini";
import { LatchkeyError } from "../../shared/errors.ts";
import { type CookieSessionDependencies, requireCsrfForCookieSession } from "../../shared/http/cookie-session.ts";
import { type HttpHandler, httpHandler } from "../../shared/http/handler.ts";
import type { HttpOptions } from "../../shared/http/http-options.ts";
import { readIdempotencyKey } from "../../shared/http/idempotency-key.ts";
import { toTokenResponse } from "../../shared/http/token-response.ts";
import {
  type RefreshDependencies,
  type RefreshRequest,
  refreshSession,
} from "../../shared/sessions/refresh-session.ts";
import type { RefreshThrottle } from "../../shared/throttle/refresh-throttle.ts";
import { recognizeRefreshToken } from "../../shared/tokens/refresh-token.ts";

/** What POST /auth/refresh needs besides the HTTP options. */
export type RefreshRouteDependencies = RefreshDependencies &
  CookieSessionDependencies & { readonly guardRefresh: RefreshThrottle };

/** Without `refresh_token` in the body, the token is in the cookie. */
const body = z.object({ refresh_token: z.optional(z.string()) });

/**
 * POST /auth/refresh: 200 with the next pair of tokens.
 *
 * A rejection does not clear the cookies. Another tab may have signed in meanwhile, and clearing would remove its new cookies.
 *
 * @throws LatchkeyError `invalid_grant`, `csrf_failed`, or `too_many_requests`
 */
export const createRefresh = (dependencies: RefreshRouteDependencies, options: HttpOptions): HttpHandler =>
  httpHandler(
    body,
    async ({ body, cookies, headers, caller }) => {
      const isBearer = body.refresh_token !== undefined || headers.has("authorization");
      const refreshToken = isBearer ? body.refresh_token : cookies.refresh;
      const recognized = await recognizeRefreshToken(refreshToken, dependencies.keyRing);
      if (body.refresh_token === undefined) {
        // A request with `Authorization` alone presents no refresh token. Its cookies must pass the CSRF check all the same.
        const inCookie = isBearer ? undefined : recognized;
        await requireCsrfForCookieSession(dependencies, { cookies, headers }, inCookie);
      }
      const request: RefreshRequest = {
        refreshToken,
        recognized,
        transport: isBearer ? "bearer" : "cookie",
        idempotencyKey: readIdempotencyKey(headers),
      };
      const result = await dependencies.guardRefresh(
        caller,
        () => refreshSession(dependencies, request, caller),
        recognized.claims?.sid,
      );
      if (result.outcome === "rejected") throw new LatchkeyError("invalid_grant");
      return toTokenResponse(result.tokens);
    },
    options,
  );
