import type { APIGatewayProxyEvent } from "aws-lambda";
import * as z from "zod/mini";
import type { Caller } from "../audit/audit.ts";
import { LatchkeyError } from "../errors.ts";
import { type SessionId, sessionIdSchema, type UserId, userIdSchema } from "../ids.ts";
import type { Transport } from "../sessions/session.ts";
import { cutText, holdsOnlyWellFormedText } from "../text.ts";
import { type RequestCookies, readCookies } from "./cookies.ts";
import { type RequestHeaders, requestHeaders } from "./header-values.ts";

/** A request as a function sees it: its body is checked. */
export type HttpRequest<Body> = {
  readonly body: Body;
  readonly headers: RequestHeaders;
  readonly cookies: RequestCookies;
  /** The path of the request without the stage. */
  readonly path: string;
  readonly pathParameters: Readonly<Record<string, string | undefined>>;
  readonly caller: Caller;
  /** The caller, from the context of the authorizer. @throws LatchkeyError `internal_error` on a route without the authorizer */
  readonly identity: () => Identity;
};

/** The session of the caller. Its only source is the context of the authorizer. */
export type Identity = {
  readonly userId: UserId;
  readonly sessionId: SessionId;
  /** `bearer` if the request has `Authorization`, because the authorizer ignores the cookies then. */
  readonly transport: Transport;
};

const authorizerContext = z.object({ sub: userIdSchema, sid: sessionIdSchema });

/**
 * Makes a checked request of an event whose body is parsed.
 * @throws LatchkeyError `invalid_request` that names the first member of the body that is missing or malformed
 */
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

/** In UTF-16 code units. Every session stores a user agent. Browsers send less than half of this, but a client may send 10 KB. */
const MAX_USER_AGENT = 512;

/** The caller as API Gateway saw it. The headers of the request decide nothing here, because a client can write them (B3). */
export const readCaller = ({ requestContext }: APIGatewayProxyEvent): Caller => ({
  startedAt: performance.now(),
  requestId: requestContext.requestId,
  ip: requestContext.identity.sourceIp,
  userAgent: cutText(requestContext.identity.userAgent ?? "", MAX_USER_AGENT),
});

/** No body of this API has a member with a longer name. An error description repeats only this much of a name. */
const MAX_REPEATED_NAME = 64;

/** Checks every member of a body, also a member that no schema names (S5). @throws LatchkeyError `invalid_request` that names the member */
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
