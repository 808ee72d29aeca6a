import * as z from "zod/mini";
import { LatchkeyError } from "../../shared/errors.ts";
import { type HttpHandler, httpHandler } from "../../shared/http/handler.ts";
import type { HttpOptions } from "../../shared/http/http-options.ts";
import { toPublicUser } from "../../shared/users/user.ts";
import type { UserStore } from "../../shared/users/user-store.ts";

/** What GET /auth/me needs besides the HTTP options. */
export type MeRouteDependencies = { readonly users: Pick<UserStore, "findById"> };

/**
 * GET /auth/me: 200 with the account of the caller. One read.
 * @throws LatchkeyError `invalid_token` if the account was deleted or disabled after the token was issued
 */
export const createMe = ({ users }: MeRouteDependencies, options: HttpOptions): HttpHandler =>
  httpHandler(
    z.unknown(),
    async ({ identity }) => {
      const user = await users.findById(identity().userId);
      if (user?.status !== "active") throw new LatchkeyError("invalid_token");
      return { status: 200, body: { user: toPublicUser(user) } };
    },
    options,
  );
