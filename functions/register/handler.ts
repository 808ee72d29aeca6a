import * as z from "zod/mini";
import { type RegisterDependencies, registerUser } from "../../shared/accounts/register-user.ts";
import { LatchkeyError } from "../../shared/errors.ts";
import { type HttpHandler, httpHandler } from "../../shared/http/handler.ts";
import type { HttpOptions } from "../../shared/http/http-options.ts";
import {
  guardRegistration,
  type RegistrationThrottleDependencies,
} from "../../shared/throttle/registration-throttle.ts";
import { auditedEmail } from "../../shared/users/audited-email.ts";
import { typedEmail } from "../../shared/users/email.ts";
import { toPublicUser } from "../../shared/users/user.ts";

/** What POST /auth/register needs besides the HTTP options. */
export type RegisterRouteDependencies = RegisterDependencies &
  RegistrationThrottleDependencies & {
    /** The setting `registration` of the deployment. */
    readonly registration: "open" | "closed";
  };

const body = z.object({
  email: typedEmail,
  password: z.string(),
  name: z.optional(z.string().check(z.maxLength(200))),
});

/**
 * POST /auth/register: 201 with the new account.
 *
 * @throws LatchkeyError `registration_closed`, `invalid_request` for an address that is not valid, `invalid_password`,
 * `account_exists`, or `too_many_requests`
 */
export const createRegister = (dependencies: RegisterRouteDependencies, options: HttpOptions): HttpHandler =>
  httpHandler(
    body,
    async ({ body, caller }) => {
      if (dependencies.registration === "closed") throw new LatchkeyError("registration_closed");
      const result = await guardRegistration(dependencies, caller, () => registerUser(dependencies, body));
      switch (result.outcome) {
        case "registered": {
          const { user } = result;
          const email = auditedEmail(body.email, await dependencies.keyRing());
          dependencies.audit({ event: "account_registered", userId: user.userId, ...email }, caller);
          return { status: 201, body: { user: toPublicUser(user) } };
        }
        case "invalid_email":
          throw new LatchkeyError("invalid_request", { description: "`email` is not an e-mail address." });
        case "password_rejected":
          throw new LatchkeyError("invalid_password", { description: result.description });
        case "account_exists":
          throw new LatchkeyError("account_exists");
      }
    },
    options,
  );
