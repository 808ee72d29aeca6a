import * as z from "zod/mini";
import type { Invocation } from "../lambda/execution-environment.ts";
import type { Clock } from "../support/clock.ts";
import type { AuthorizerDefinition, IdentitySource } from "./authorizer-definition.ts";
import { headerValues } from "./gateway-request.ts";
import { GatewayError } from "./gateway-responses.ts";
import type { ApiCall, AuthorizerContext } from "./model.ts";
import { evaluatePolicy, PolicyDocument } from "./policy.ts";
import { createAuthorizerEvent } from "./proxy-event.ts";

/**
 * Runs the authorizer of a method.
 * @throws GatewayError if the authorizer rejects the request or fails
 */
export type Authorize = (
  authorizer: AuthorizerDefinition,
  call: ApiCall,
  methodArn: string,
) => Promise<AuthorizerContext>;

const AuthorizerResponse = z.looseObject({
  principalId: z.string(),
  policyDocument: PolicyDocument,
  context: z.nullish(z.record(z.string(), z.nullable(z.union([z.string(), z.number(), z.boolean()])))),
});
type AuthorizerResponse = z.infer<typeof AuthorizerResponse>;

/**
 * Runs Lambda authorizers as API Gateway does. Caches a response for the TTL of the authorizer; the cache key is the values of
 * the identity sources. Evaluates a cached policy again for each method.
 * Source: "Use API Gateway Lambda authorizers", "Output from an API Gateway Lambda authorizer".
 */
export const createAuthorize = (
  invoke: (functionName: string, event: unknown) => Promise<Invocation>,
  clock: Clock,
): Authorize => {
  const cache = new Map<string, { readonly response: AuthorizerResponse; readonly until: number }>();

  return async (authorizer, call, methodArn) => {
    const identity = authorizer.identitySources.map((source) => readIdentityValue(source, call));
    const [token = ""] = identity;
    const isRejected = authorizer.type === "TOKEN" && authorizer.tokenPattern?.test(token) === false;
    if (isRejected || identity.some((value) => !value)) throw new GatewayError("UNAUTHORIZED", "Unauthorized");

    const key = JSON.stringify([authorizer.authorizerId, identity]);
    const hit = cache.get(key);
    let response = hit !== undefined && clock.now() < hit.until ? hit.response : undefined;
    if (response === undefined) {
      const event =
        authorizer.type === "TOKEN"
          ? { type: "TOKEN", methodArn, authorizationToken: token }
          : createAuthorizerEvent(call, methodArn);
      response = readAuthorizerResponse(await invoke(authorizer.functionName, event));
      if (authorizer.ttlSeconds > 0) cache.set(key, { response, until: clock.now() + authorizer.ttlSeconds * 1000 });
    }

    const decision = evaluatePolicy(response.policyDocument, methodArn);
    if (decision === "allow") return createContext(response);
    const how = decision === "explicit-deny" ? " with an explicit deny" : "";
    throw new GatewayError(
      "ACCESS_DENIED",
      `User is not authorized to access this resource${how}`,
      createContext(response),
    );
  };
};

/** Returns undefined if the request has no such value. The request is then rejected. */
const readIdentityValue = ({ from, name }: IdentitySource, { request, context }: ApiCall): string | undefined => {
  switch (from) {
    case "header":
      return headerValues(request, name).join(",") || undefined;
    case "querystring":
      return request.query.get(name)?.join(",");
    case "context": {
      const value = Object.entries(context).find(([key]) => key === name)?.[1];
      return typeof value === "string" ? value : undefined;
    }
    case "stageVariables":
      return undefined;
  }
};

const readAuthorizerResponse = (invocation: Invocation): AuthorizerResponse => {
  if (invocation.ok) {
    const response = z.safeParse(AuthorizerResponse, JSON.parse(invocation.payload));
    if (response.success) return response.data;
    throw new GatewayError("AUTHORIZER_CONFIGURATION_ERROR", null);
  }
  // API Gateway takes exactly this message as a rejection. Any other error means that the authorizer is broken.
  if (invocation.error.errorMessage === "Unauthorized") throw new GatewayError("UNAUTHORIZED", "Unauthorized");
  throw new GatewayError(
    invocation.reason === "timeout" ? "AUTHORIZER_FAILURE" : "AUTHORIZER_CONFIGURATION_ERROR",
    null,
  );
};

/** API Gateway passes every value on as text. */
const createContext = ({ principalId, context }: AuthorizerResponse): AuthorizerContext => ({
  ...Object.fromEntries(
    Object.entries(context ?? {}).map(([name, value]) => [name, value === null ? null : `${value}`]),
  ),
  principalId,
  integrationLatency: 0,
});
