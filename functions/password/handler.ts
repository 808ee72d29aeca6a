import * as z from "zod/mini";
import { type ChangePasswordDependencies, changePassword } from "../../shared/accounts/change-password.ts";
import { LatchkeyError } from "../../shared/errors.ts";
import { type HttpHandler, httpHandler } from "../../shared/http/handler.ts";
import { idempotencyKey } from "../../shared/http/idempotency-key.ts";
import { toTokenResponse } from "../../shared/http/token-response.ts";
import { typedPassword } from "../../shared/passwords/normalize-password.ts";
import { renewDeviceToken } from "../../shared/throttle/login-throttle.ts";
import { guardPasswordChange, type PasswordThrottleDependencies } from "../../shared/throttle/password-throttle.ts";

const body = z.object({
  current_password: typedPassword,
  new_password: z.string(),
});

/**
 * POST /auth/password. 200 with new tokens. 204 if the password is changed and the session was revoked meanwhile. A 4xx says
 * that the password is unchanged.
 */
export const createPassword = (
  dependencies: ChangePasswordDependencies & PasswordThrottleDependencies,
  allowedOrigins: readonly string[],
): HttpHandler =>
  httpHandler(
    body,
    async ({ body, identity, headers, caller }) => {
      const request = {
        ...identity(),
        currentPassword: body.current_password,
        newPassword: body.new_password,
        idempotencyKey: idempotencyKey(headers),
      };
      const result = await guardPasswordChange(dependencies, request, caller, () =>
        changePassword(dependencies, request, caller),
      );
      switch (result.outcome) {
        case "changed":
          // The change has made every device token invalid, this device's included.
          return toTokenResponse(
            result.tokens,
            renewDeviceToken(result.tokens.user, await dependencies.keyRing(), dependencies.clock()),
          );
        case "changed_session_over":
          return { status: 204 };
        case "wrong_password":
          throw new LatchkeyError("wrong_password");
        case "password_rejected":
          throw new LatchkeyError("invalid_password", { description: result.description });
        case "session_over":
          throw new LatchkeyError("invalid_token");
      }
    },
    { allowedOrigins },
  );
