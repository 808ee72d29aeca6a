import * as z from "zod/mini";
import { type LoginDependencies, logIn } from "../../shared/accounts/log-in.ts";
import { LatchkeyError } from "../../shared/errors.ts";
import { requireCsrfForCookieSession } from "../../shared/http/cookie-session.ts";
import { type HttpHandler, httpHandler } from "../../shared/http/handler.ts";
import { toTokenResponse } from "../../shared/http/token-response.ts";
import { isTrustedOrigin } from "../../shared/http/trusted-origins.ts";
import { typedPassword } from "../../shared/passwords/normalize-password.ts";
import type { TokenRecognition } from "../../shared/sessions/identify-session.ts";
import { logOutSession } from "../../shared/sessions/log-out.ts";
import { guardLogin, type LoginThrottleDependencies } from "../../shared/throttle/login-throttle.ts";
import { typedEmail } from "../../shared/users/email.ts";

const body = z.object({
  email: typedEmail,
  password: typedPassword,
  transport: z._default(z.enum(["bearer", "cookie"]), "bearer"),
  /** What the last sign-in on this device was answered with; one that is not good is as good as none. */
  device_token: z.optional(z.string().check(z.maxLength(1024))),
  device_name: z.optional(z.string().check(z.maxLength(100))),
});

/**
 * POST /auth/login. Cookies are set for no page but ours, or another site could sign its visitors in to an account of its
 * own; and a session that the browser still has must agree, because it ends when its cookies are replaced (L3, C3).
 */
export const createLogin = (
  dependencies: LoginDependencies & TokenRecognition & LoginThrottleDependencies,
  allowedOrigins: readonly string[],
): HttpHandler => {
  const trustedOrigins = { issuer: dependencies.verifier.issuer, allowedOrigins };
  return httpHandler(
    body,
    async ({ body, cookies, headers, caller }) => {
      const { email, password, transport, device_name: deviceName } = body;
      const replaced = await requireCsrfForCookieSession({ ...dependencies, trustedOrigins }, { cookies, headers });
      if (transport === "cookie" && !isTrustedOrigin(headers, trustedOrigins)) throw new LatchkeyError("csrf_failed");

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
    { allowedOrigins },
  );
};
