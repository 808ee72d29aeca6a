import * as z from "zod/mini";
import { type RegisterDependencies, registerUser } from "../../shared/accounts/register-user.ts";
import { LatchkeyError } from "../../shared/errors.ts";
import { type HttpHandler, httpHandler } from "../../shared/http/handler.ts";
import {
  guardRegistration,
  type RegistrationThrottleDependencies,
} from "../../shared/throttle/registration-throttle.ts";
import { auditedEmail } from "../../shared/users/audited-email.ts";
import { typedEmail } from "../../shared/users/email.ts";
import { toPublicUser } from "../../shared/users/user.ts";

const body = z.object({
  email: typedEmail,
  password: z.string(),
  name: z.optional(z.string().check(z.maxLength(200))),
});

export type RegisterOptions = {
  readonly registration: "open" | "closed";
  readonly allowedOrigins: readonly string[];
};

/** POST /auth/register */
export const createRegister = (
  dependencies: RegisterDependencies & RegistrationThrottleDependencies,
  { registration, allowedOrigins }: RegisterOptions,
): HttpHandler =>
  httpHandler(
    body,
    async ({ body, caller }) => {
      if (registration === "closed") throw new LatchkeyError("registration_closed");
      const result = await guardRegistration(dependencies, caller, () => registerUser(dependencies, body));
      switch (result.outcome) {
        case "registered":
          dependencies.audit(
            {
              event: "account_registered",
              userId: result.user.userId,
              ...auditedEmail(body.email, await dependencies.keyRing()),
            },
            caller,
          );
          return { status: 201, body: { user: toPublicUser(result.user) } };
        case "invalid_email":
          throw new LatchkeyError("invalid_request", { description: "`email` is not an e-mail address." });
        case "password_rejected":
          throw new LatchkeyError("invalid_password", { description: result.description });
        case "account_exists":
          throw new LatchkeyError("account_exists");
      }
    },
    { allowedOrigins },
  );
