import * as z from "zod/mini";
import { type ChangePasswordDependencies, changePassword } from "../../shared/accounts/change-password.ts";
import { LatchkeyError } from "../../shared/errors.ts";
import { type HttpHandler, httpHandler } from "../../shared/http/handler.ts";
import type { HttpOptions } from "../../shared/http/http-options.ts";
import { readIdempotencyKey } from "../../shared/http/idempotency-key.ts";
import { toTokenResponse } from "../../shared/http/token-response.ts";
import { typedPassword } from "../../shared/passwords/normalize-password.ts";
import { renewDeviceToken } from "../../shared/throttle/login-throttle.ts";
import { guardPasswordChange, type PasswordThrottleDependencies } from "../../shared/throttle/password-throttle.ts";

/** What POST /auth/password needs besides the HTTP options. */
export type PasswordRouteDependencies = ChangePasswordDependencies & PasswordThrottleDependencies;

const body = z.object({
  current_password: typedPassword,
  new_password: z.string(),
});

/**
 * POST /auth/password: 200 with new tokens and a new device token. 204 if the password is changed and the session was revoked
 * meanwhile. A 4xx means that the password is unchanged.
 *
 * @throws LatchkeyError `wrong_password`, `invalid_password`, `invalid_token` if the session is over, or `too_many_requests`
 */
export const createPassword = (dependencies: PasswordRouteDependencies, options: HttpOptions): HttpHandler =>
  httpHandler(
    body,
    async ({ body, identity, headers, caller }) => {
      const request = {
        ...identity(),
        currentPassword: body.current_password,
        newPassword: body.new_password,
        idempotencyKey: readIdempotencyKey(headers),
      };
      const result = await guardPasswordChange(dependencies, request, caller, () =>
        changePassword(dependencies, request, caller),
      );
      switch (result.outcome) {
        case "changed": {
          // The change has made every device token of the account invalid, also the token of this device.
          const ring = await dependencies.keyRing();
          return toTokenResponse(result.tokens, renewDeviceToken(result.tokens.user, ring, dependencies.clock()));
        }
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
    options,
  );
