import * as z from "zod/mini";
import { LatchkeyError } from "../../shared/errors.ts";
import { type HttpHandler, httpHandler } from "../../shared/http/handler.ts";
import { toPublicUser } from "../../shared/users/user.ts";
import type { UserStore } from "../../shared/users/user-store.ts";

/** GET /auth/me */
export const createMe = (users: Pick<UserStore, "findById">, allowedOrigins: readonly string[]): HttpHandler =>
  httpHandler(
    z.unknown(),
    async ({ identity }) => {
      const user = await users.findById(identity().userId);
      // The token outlived the account.
      if (user?.status !== "active") throw new LatchkeyError("invalid_token");
      return { status: 200, body: { user: toPublicUser(user) } };
    },
    { allowedOrigins },
  );
