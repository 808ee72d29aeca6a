import type { APIGatewayProxyEvent } from "aws-lambda";
import * as z from "zod/mini";
import type { Caller } from "../audit/audit.ts";
import { LatchkeyError } from "../errors.ts";
import { type SessionId, sessionIdSchema, type UserId, userIdSchema } from "../ids.ts";
import type { Transport } from "../sessions/session.ts";
import { cutText, holdsOnlyWellFormedText } from "../text.ts";
import { type RequestCookies, readCookies } from "./cookies.ts";
import { type RequestHeaders, requestHeaders } from "./header-values.ts";

/** A request as a function sees it: checked, and without what nobody reads. */
export type HttpRequest<Body> = {
  readonly body: Body;
  readonly headers: RequestHeaders;
  readonly cookies: RequestCookies;
  /** Without the stage. */
  readonly path: string;
  readonly pathParameters: Readonly<Record<string, string | undefined>>;
  readonly caller: Caller;
  /** What the authorizer said of the caller. @throws LatchkeyError `internal_error` on a route without the authorizer */
  readonly identity: () => Identity;
};

/** The caller's session, from the authorizer's context and from nowhere else. */
export type Identity = {
  readonly userId: UserId;
  readonly sessionId: SessionId;
  /** How the session came: with `Authorization` there, by nothing else. */
  readonly transport: Transport;
};

const authorizerContext = z.object({ sub: userIdSchema, sid: sessionIdSchema });

/** @throws LatchkeyError `invalid_request` naming the first member of the body that is wrong */
export const toRequest = <Body>(event: APIGatewayProxyEvent, schema: z.ZodMiniType<Body>): HttpRequest<Body> => {
  requireWellFormedText(event.body);
  const body = schema.safeParse(event.body);
  if (!body.success) throw new LatchkeyError("invalid_request", { description: describe(body.error.issues[0]) });
  const headers = requestHeaders(event);
  return {
    body: body.data,
    headers,
    cookies: readCookies(headers.cookies()),
    path: event.path,
    pathParameters: event.pathParameters ?? {},
    caller: readCaller(event),
    identity: () => {
      const context = authorizerContext.safeParse(event.requestContext.authorizer);
      if (!context.success) throw new LatchkeyError("internal_error");
      return {
        userId: context.data.sub,
        sessionId: context.data.sid,
        transport: headers.has("authorization") ? "bearer" : "cookie",
      };
    },
  };
};

/** It is kept with every session, and a client may send 10 KB of it: browsers need less than half of this. */
const MAX_USER_AGENT = 512;

/** Who is asking by API Gateway's own account; headers may say what they like (B3). */
export const readCaller = ({ requestContext }: APIGatewayProxyEvent): Caller => ({
  startedAt: performance.now(),
  requestId: requestContext.requestId,
  ip: requestContext.identity.sourceIp,
  userAgent: cutText(requestContext.identity.userAgent ?? "", MAX_USER_AGENT),
});

/** A name that is longer is not a member of any of our bodies: an error description repeats only the beginning. */
const MAX_REPEATED_NAME = 64;

/** Checks every member of a body, also one that no schema names (S5). @throws LatchkeyError `invalid_request` naming the member */
const requireWellFormedText = (body: unknown): void => {
  if (typeof body !== "object" || body === null) return;
  for (const [name, value] of Object.entries(body)) {
    if (holdsOnlyWellFormedText([name, value])) continue;
    const description = `\`${cutText(name, MAX_REPEATED_NAME)}\` holds text that is not valid Unicode.`;
    throw new LatchkeyError("invalid_request", { description });
  }
};

const describe = (issue: z.core.$ZodIssue | undefined): string => {
  const path = issue?.path.join(".");
  return path === undefined || path === "" ? "The body must be a JSON object." : `\`${path}\` is missing or malformed.`;
};
