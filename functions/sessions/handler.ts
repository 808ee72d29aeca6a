import * as z from "zod/mini";
import { LatchkeyError } from "../../shared/errors.ts";
import { CLEARED_COOKIES } from "../../shared/http/cookies.ts";
import { type HttpHandler, type HttpOptions, httpHandler } from "../../shared/http/handler.ts";
import type { Identity } from "../../shared/http/request.ts";
import type { HttpResponse } from "../../shared/http/response.ts";
import { routes } from "../../shared/http/routes.ts";
import { type SessionId, sessionIdSchema } from "../../shared/ids.ts";
import { type LogOutAllDependencies, logOutAll } from "../../shared/sessions/log-out-all.ts";
import { listSessions, revokeSession } from "../../shared/sessions/own-sessions.ts";
import type { SessionStore } from "../../shared/sessions/session-store.ts";
import { toPublicSession } from "./public-session.ts";

export type SessionsDependencies = LogOutAllDependencies & { readonly sessions: SessionStore };

/** GET /auth/sessions: where the caller is signed in, the latest used first */
const createList = (dependencies: SessionsDependencies, options: HttpOptions): HttpHandler =>
  httpHandler(
    z.unknown(),
    async ({ identity }) => {
      const { userId, sessionId } = identity();
      const sessions = await listSessions(dependencies, userId);
      return { status: 200, body: { sessions: sessions.map((session) => toPublicSession(session, sessionId)) } };
    },
    options,
  );

/** DELETE /auth/sessions/{id}: signs one of the caller's devices out; 404 for a session that is not the caller's */
const createRevoke = (dependencies: SessionsDependencies, options: HttpOptions): HttpHandler =>
  httpHandler(
    z.unknown(),
    async ({ identity, pathParameters, caller }) => {
      const self = identity();
      const sessionId = requireSessionId(pathParameters["id"]);
      const found = await revokeSession(dependencies, { userId: self.userId, sessionId }, caller);
      if (!found) throw new LatchkeyError("not_found");
      return sessionId === self.sessionId ? toSignedOutResponse(self) : { status: 204 };
    },
    options,
  );

/** A text that cannot be an id of this service is not looked up, because DynamoDB limits the length of a key. */
const requireSessionId = (id: string | undefined): SessionId => {
  const sessionId = sessionIdSchema.safeParse(id);
  if (!sessionId.success) throw new LatchkeyError("not_found");
  return sessionId.data;
};

const logoutAllBody = z.object({ keep_current: z._default(z.boolean(), false) });

/** POST /auth/logout-all: every device, or every other one. Device tokens end in both cases. */
const createLogoutAll = (dependencies: SessionsDependencies, options: HttpOptions): HttpHandler =>
  httpHandler(
    logoutAllBody,
    async ({ identity, body, caller }) => {
      const self = identity();
      const except = body.keep_current ? self.sessionId : undefined;
      await logOutAll(dependencies, self.userId, except, caller);
      return body.keep_current ? { status: 204 } : toSignedOutResponse(self);
    },
    options,
  );

/** The caller's own session has ended: a browser forgets its cookies at once (O3). */
const toSignedOutResponse = ({ transport }: Identity): HttpResponse =>
  transport === "cookie" ? { status: 204, cookies: CLEARED_COOKIES } : { status: 204 };

export const createSessions = (dependencies: SessionsDependencies, options: HttpOptions): HttpHandler =>
  routes({
    "GET /auth/sessions": createList(dependencies, options),
    "DELETE /auth/sessions/{id}": createRevoke(dependencies, options),
    "POST /auth/logout-all": createLogoutAll(dependencies, options),
  });
