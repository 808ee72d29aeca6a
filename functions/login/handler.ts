import * as z from "zod/mini";
import { LatchkeyError } from "../../shared/errors.ts";
import { type HttpHandler, httpHandler } from "../../shared/http/handler.ts";
import { toTokenAnswer } from "../../shared/http/token-answer.ts";
import { type LoginDependencies, logIn } from "../../shared/sessions/log-in.ts";

const body = z.object({
  email: z.string().check(z.maxLength(1024)),
  /** Longer than any password we accept (P2): refused before it is hashed. */
  password: z.string().check(z.refine((password) => [...password].length <= 256)),
  transport: z._default(z.enum(["bearer"]), "bearer"),
  device_name: z.optional(z.string().check(z.maxLength(100))),
});

/** POST /auth/login */
export const createLogin = (dependencies: LoginDependencies, allowedOrigins: readonly string[]): HttpHandler =>
  httpHandler(
    body,
    async ({ body, caller }) => {
      const { email, password, transport, device_name: deviceName } = body;
      const tokens = await logIn(dependencies, { email, password, transport, deviceName }, caller);
      if (tokens === undefined) throw new LatchkeyError("invalid_credentials");
      return toTokenAnswer(tokens);
    },
    { allowedOrigins },
  );
