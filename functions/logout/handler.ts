import * as z from "zod/mini";
import { bearerToken } from "../../shared/http/bearer-token.ts";
import { type HttpHandler, httpHandler } from "../../shared/http/handler.ts";
import { type LogoutDependencies, logOut } from "../../shared/sessions/log-out.ts";

/** Anything is taken, because any token that is not ours gets the same answer (RFC 7009 2.2). */
const body = z.object({ refresh_token: z.optional(z.unknown()) });

/** POST /auth/logout */
export const createLogout = (dependencies: LogoutDependencies, allowedOrigins: readonly string[]): HttpHandler =>
  httpHandler(
    body,
    async ({ body, headers, caller }) => {
      const authorization = headers["authorization"];
      const accessToken = authorization === undefined ? undefined : bearerToken([authorization]);
      await logOut(dependencies, { refreshToken: body.refresh_token, accessToken }, caller);
      return { status: 204 };
    },
    { allowedOrigins },
  );
