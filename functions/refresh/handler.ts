import * as z from "zod/mini";
import { LatchkeyError } from "../../shared/errors.ts";
import { requireCsrfForCookieSession } from "../../shared/http/cookie-session.ts";
import { type HttpHandler, httpHandler } from "../../shared/http/handler.ts";
import { idempotencyKey } from "../../shared/http/idempotency-key.ts";
import { toTokenResponse } from "../../shared/http/token-response.ts";
import type { TokenRecognition } from "../../shared/sessions/identify-session.ts";
import {
  type RefreshDependencies,
  type RefreshRequest,
  refreshSession,
} from "../../shared/sessions/refresh-session.ts";
import type { RefreshThrottle } from "../../shared/throttle/refresh-throttle.ts";
import { recognizeRefreshToken } from "../../shared/tokens/refresh-token.ts";

/** Without it the token is looked for in the cookie. */
const body = z.object({ refresh_token: z.optional(z.string()) });

/**
 * POST /auth/refresh. A refusal leaves the cookies alone: another tab may have signed in meanwhile, and its new cookies
 * would go with the old ones.
 */
export const createRefresh = (
  dependencies: RefreshDependencies & TokenRecognition & { readonly guardRefresh: RefreshThrottle },
  allowedOrigins: readonly string[],
): HttpHandler => {
  const trustedOrigins = { issuer: dependencies.verifier.issuer, allowedOrigins };
  return httpHandler(
    body,
    async ({ body, cookies, headers, caller }) => {
      const bearer = body.refresh_token !== undefined || headers.has("authorization");
      const refreshToken = bearer ? body.refresh_token : cookies.refresh;
      const recognized = await recognizeRefreshToken(refreshToken, dependencies.keyRing);
      if (body.refresh_token === undefined) {
        // A request with `Authorization` presents no token here, and its cookies must pass the CSRF check all the same.
        const ofCookies = bearer ? undefined : recognized;
        await requireCsrfForCookieSession({ ...dependencies, trustedOrigins }, { cookies, headers }, ofCookies);
      }
      const request: RefreshRequest = {
        refreshToken,
        recognized,
        transport: bearer ? "bearer" : "cookie",
        idempotencyKey: idempotencyKey(headers),
      };
      const result = await dependencies.guardRefresh(
        caller,
        () => refreshSession(dependencies, request, caller),
        recognized.claims?.sid,
      );
      if (result.outcome === "rejected") throw new LatchkeyError("invalid_grant");
      return toTokenResponse(result.tokens);
    },
    { allowedOrigins },
  );
};
