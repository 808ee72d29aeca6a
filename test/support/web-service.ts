import type { APIGatewayProxyEvent } from "aws-lambda";
import { createAuthorizer } from "../../functions/authorizer/handler.ts";
import { createCsrf } from "../../functions/csrf/handler.ts";
import { createLogin } from "../../functions/login/handler.ts";
import { createLogout } from "../../functions/logout/handler.ts";
import { createMe } from "../../functions/me/handler.ts";
import { createPassword } from "../../functions/password/handler.ts";
import { createRefresh } from "../../functions/refresh/handler.ts";
import { createSessions } from "../../functions/sessions/handler.ts";
import type { HttpHandler } from "../../shared/http/handler.ts";
import { accessKeys } from "../../shared/keys/key-ring.ts";
import { toPublicJwk } from "../../shared/keys/public-keys.ts";
import { verificationKeys } from "../../shared/keys/verification-keys.ts";
import { lookup } from "../../shared/sessions/authorize.ts";
import { verifyAccessToken } from "../../shared/tokens/verify-access-token.ts";
import { aRequest, type RequestOptions } from "./http-events.ts";
import { httpOptions } from "./http-options.ts";
import type { SessionLibrary } from "./session-library.ts";
import { tokenSettings, verifierSettings } from "./tokens.ts";

/** The origin of the service and of its own pages. */
export const OWN_ORIGIN = new URL(tokenSettings.issuer).origin;
/** An allowed origin of the same site. */
export const ALLOWED_ORIGIN = "https://app.example.com";
export const FOREIGN_ORIGIN = "https://evil.example";

export type WebRequest = {
  readonly method: "GET" | "POST" | "DELETE";
  readonly path: string;
  readonly headers?: RequestOptions["headers"];
  /** Sent as JSON. */
  readonly body?: Readonly<Record<string, unknown>>;
};

export type WebResponse = {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly setCookies: readonly string[];
  /** Undefined if the response has no body. */
  readonly body: unknown;
};

/** The functions behind their routes and the authorizer, connected like in API Gateway. */
export type WebService = { readonly send: (request: WebRequest) => Promise<WebResponse> };

export const webService = (library: SessionLibrary): WebService => {
  const { ring, clock } = library;
  const allowedOrigins = [ALLOWED_ORIGIN];
  const trustedOrigins = { issuer: tokenSettings.issuer, allowedOrigins };
  const dependencies = { ...library.dependencies, trustedOrigins };
  const options = { ...httpOptions, allowedOrigins };
  const open: Readonly<Record<string, HttpHandler>> = {
    "POST /auth/login": createLogin(dependencies, options),
    "POST /auth/refresh": createRefresh(dependencies, options),
    "POST /auth/logout": createLogout(dependencies, options),
    "GET /auth/csrf": createCsrf(dependencies, options),
  };
  const sessions = createSessions(dependencies, options);
  const authorized: Readonly<Record<string, HttpHandler>> = {
    "GET /auth/me": createMe(dependencies, options),
    "GET /auth/sessions": sessions,
    "DELETE /auth/sessions/{id}": sessions,
    "POST /auth/logout-all": sessions,
    "POST /auth/password": createPassword(dependencies, options),
  };
  const authorizer = createAuthorizer({
    verify: async (token) => {
      const keys = await verificationKeys(accessKeys(ring()).map(toPublicJwk));
      return verifyAccessToken(token, async (kid) => keys.get(kid), verifierSettings, clock.now());
    },
    isRevoked: lookup(dependencies.sessions, clock.now),
    requiredScopes: [],
    trustedOrigins,
  });

  return {
    send: async (request) => {
      const event = proxyEvent(request);
      const route = `${event.httpMethod} ${event.resource}`;
      const handler = open[route];
      if (handler !== undefined) return toResponse(await handler(event, {}));

      const behind = authorized[route];
      if (behind === undefined) throw new Error(`There is no route ${route}`);
      const decision = await authorizer({ ...event, type: "REQUEST", methodArn: METHOD_ARN }).catch((error: Error) => {
        if (error.message === "Unauthorized") return undefined;
        throw error;
      });
      if (decision === undefined) return rejection(401, "invalid_token");
      if (!("policyDocument" in decision)) throw new Error("A REST API takes policies");
      if ("denial" in decision.context) return rejection(403, decision.context.denial);
      Object.assign(event.requestContext, { authorizer: decision.context });
      return toResponse(await behind(event, {}));
    },
  };
};

const METHOD_ARN = "arn:aws:execute-api:eu-central-1:123456789012:api/prod/GET/auth/me";

/** A response that the gateway makes itself. */
const rejection = (status: number, error: string): WebResponse => ({
  status,
  headers: {},
  setCookies: [],
  body: { error },
});

const toResponse = (result: Awaited<ReturnType<HttpHandler>>): WebResponse => ({
  status: result.statusCode,
  headers: result.headers ?? {},
  setCookies: (result.multiValueHeaders?.["Set-Cookie"] ?? []).map(String),
  body: result.body === "" ? undefined : JSON.parse(result.body),
});

const proxyEvent = ({ method, path, headers, body }: WebRequest): APIGatewayProxyEvent => {
  const id = /^\/auth\/sessions\/([^/]+)$/.exec(path)?.[1];
  const event = aRequest({ method, path, headers: headers ?? {}, body: body ?? null });
  return id === undefined ? event : { ...event, resource: "/auth/sessions/{id}", pathParameters: { id } };
};
