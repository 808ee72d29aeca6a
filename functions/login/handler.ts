import * as z from "zod/mini";
import { LatchkeyError } from "../../shared/errors.ts";
import { provenCookieSession } from "../../shared/http/cookie-session.ts";
import { type HttpHandler, httpHandler } from "../../shared/http/handler.ts";
import { isFromOwnSite } from "../../shared/http/own-site.ts";
import { toTokenAnswer } from "../../shared/http/token-answer.ts";
import { type LoginDependencies, logIn } from "../../shared/sessions/log-in.ts";
import { logOut } from "../../shared/sessions/log-out.ts";
import type { TokenRecognition } from "../../shared/sessions/session-of-tokens.ts";

const body = z.object({
  email: z.string().check(z.maxLength(1024)),
  /** Longer than any password we accept (P2): refused before it is hashed. */
  password: z.string().check(z.refine((password) => [...password].length <= 256)),
  transport: z._default(z.enum(["bearer", "cookie"]), "bearer"),
  device_name: z.optional(z.string().check(z.maxLength(100))),
});

/**
 * POST /auth/login. Cookies are set for no page but ours, or another site could sign its visitors in to an account of its
 * own; and a session that the browser still has must agree, because it ends when its cookies are replaced (L3, C3).
 */
export const createLogin = (
  dependencies: LoginDependencies & TokenRecognition,
  allowedOrigins: readonly string[],
): HttpHandler => {
  const site = { issuer: dependencies.verifier.issuer, allowedOrigins };
  return httpHandler(
    body,
    async ({ body, cookies, header, caller }) => {
      const { email, password, transport, device_name: deviceName } = body;
      const replaced = await provenCookieSession({ ...dependencies, site }, { cookies, header });
      if (transport === "cookie" && !isFromOwnSite(header, site)) throw new LatchkeyError("csrf_failed");

      const tokens = await logIn(dependencies, { email, password, transport, deviceName }, caller);
      if (tokens === undefined) throw new LatchkeyError("invalid_credentials");
      if (transport === "cookie" && replaced !== undefined) {
        await logOut(dependencies, { refreshToken: cookies.refresh, accessToken: cookies.access }, caller);
      }
      return toTokenAnswer(tokens);
    },
    { allowedOrigins },
  );
};
