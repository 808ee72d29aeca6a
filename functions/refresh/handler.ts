import * as z from "zod/mini";
import { LatchkeyError } from "../../shared/errors.ts";
import { type HttpHandler, httpHandler } from "../../shared/http/handler.ts";
import { idempotencyKey } from "../../shared/http/idempotency-key.ts";
import { toTokenAnswer } from "../../shared/http/token-answer.ts";
import { type RefreshDependencies, refreshSession } from "../../shared/sessions/refresh-session.ts";

const body = z.object({ refresh_token: z.string() });

/** POST /auth/refresh */
export const createRefresh = (dependencies: RefreshDependencies, allowedOrigins: readonly string[]): HttpHandler =>
  httpHandler(
    body,
    async ({ body, headers, caller }) => {
      const result = await refreshSession(
        dependencies,
        { refreshToken: body.refresh_token, transport: "bearer", idempotencyKey: idempotencyKey(headers) },
        caller,
      );
      if (result.outcome === "refused") throw new LatchkeyError("invalid_grant");
      return toTokenAnswer(result.tokens);
    },
    { allowedOrigins },
  );
