import * as z from "zod/mini";
import { type LoginDependencies, logIn } from "../../shared/accounts/log-in.ts";
import { LatchkeyError } from "../../shared/errors.ts";
import { type CookieSessionDependencies, requireCsrfForCookieSession } from "../../shared/http/cookie-session.ts";
import { type HttpHandler, httpHandler } from "../../shared/http/handler.ts";
import type { HttpOptions } from "../../shared/http/http-options.ts";
import { toTokenResponse } from "../../shared/http/token-response.ts";
import { isTrustedOrigin } from "../../shared/http/trusted-origins.ts";
import { typedPassword } from "../../shared/passwords/normalize-password.ts";
import { logOutSession } from "../../shared/sessions/log-out.ts";
import { guardLogin, type LoginThrottleDependencies } from "../../shared/throttle/login-throttle.ts";
import { typedEmail } from "../../shared/users/email.ts";

/** What POST /auth/login needs besides the HTTP options. */
export type LoginRouteDependencies = LoginDependencies & LoginThrottleDependencies & CookieSessionDependencies;

const body = z.object({
  email: typedEmail,
  password: typedPassword,
  transport: z._default(z.enum(["bearer", "cookie"]), "bearer"),
  /** From the response to the last login on this device. An invalid one counts as absent. */
  device_token: z.optional(z.string().check(z.maxLength(1024))),
  device_name: z.optional(z.string().check(z.maxLength(100))),
});

/**
 * POST /auth/login: 200 with the tokens of a new session.
 *
 * Cookies are set only for a trusted page. Otherwise another site could sign its visitors in to an account of the attacker (L3).
 * If the browser already has a session in cookies, the request must pass the CSRF check of that session, because the login
 * replaces its cookies and revokes it (C3).
 *
 * @throws LatchkeyError `invalid_credentials`, `csrf_failed`, or `too_many_requests`
 */
export const createLogin = (dependencies: LoginRouteDependencies, options: HttpOptions): HttpHandler =>
  httpHandler(
    body,
    async ({ body, cookies, headers, caller }) => {
      const { email, password, transport, device_name: deviceName } = body;
      const replaced = await requireCsrfForCookieSession(dependencies, { cookies, headers });
      if (transport === "cookie" && !isTrustedOrigin(headers, dependencies.trustedOrigins)) {
        throw new LatchkeyError("csrf_failed");
      }

      const deviceToken = transport === "cookie" ? cookies.device : body.device_token;
      const signedIn = await guardLogin(dependencies, { email, deviceToken }, caller, (countLogin) =>
        logIn(dependencies, { email, password, transport, deviceName }, caller, countLogin),
      );
      if (signedIn === undefined) throw new LatchkeyError("invalid_credentials");

      if (transport === "cookie" && replaced !== undefined) {
        await logOutSession(dependencies, replaced, caller);
      }
      return toTokenResponse(signedIn.result, signedIn.deviceToken);
    },
    options,
  );
