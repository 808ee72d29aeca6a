import * as z from "zod/mini";
import type { Invocation } from "../lambda/execution-environment.ts";
import type { Clock } from "../support/clock.ts";
import type { AuthorizerDefinition, IdentitySource } from "./authorizer-definition.ts";
import { headerValues } from "./gateway-request.ts";
import { GatewayError } from "./gateway-responses.ts";
import type { ApiCall, AuthorizerContext } from "./model.ts";
import { evaluatePolicy, PolicyDocument } from "./policy.ts";
import { authorizerEvent } from "./proxy-event.ts";

/** Asks a method's authorizer. @throws GatewayError when the request is refused, or the authorizer fails */
export type Authorize = (
  authorizer: AuthorizerDefinition,
  call: ApiCall,
  methodArn: string,
) => Promise<AuthorizerContext>;

const Answer = z.looseObject({
  principalId: z.string(),
  policyDocument: PolicyDocument,
  context: z.nullish(z.record(z.string(), z.nullable(z.union([z.string(), z.number(), z.boolean()])))),
});
type Answer = z.infer<typeof Answer>;

/**
 * Runs Lambda authorizers as API Gateway does. An answer is kept for the authorizer's TTL under the values of its identity
 * sources, and the kept policy is evaluated anew for each method.
 * Source: "Use API Gateway Lambda authorizers", "Output from an API Gateway Lambda authorizer".
 */
export const createAuthorize = (
  invoke: (functionName: string, event: unknown) => Promise<Invocation>,
  clock: Clock,
): Authorize => {
  const kept = new Map<string, { readonly response: Answer; readonly until: number }>();

  return async (authorizer, call, methodArn) => {
    const identity = authorizer.identitySources.map((source) => identityValue(source, call));
    const [token = ""] = identity;
    const isRefused = authorizer.type === "TOKEN" && authorizer.tokenPattern?.test(token) === false;
    if (isRefused || identity.some((value) => !value)) throw new GatewayError("UNAUTHORIZED", "Unauthorized");

    const key = JSON.stringify([authorizer.authorizerId, identity]);
    const hit = kept.get(key);
    let response = hit !== undefined && clock.now() < hit.until ? hit.response : undefined;
    if (response === undefined) {
      const event =
        authorizer.type === "TOKEN"
          ? { type: "TOKEN", methodArn, authorizationToken: token }
          : authorizerEvent(call, methodArn);
      response = readAnswer(await invoke(authorizer.functionName, event));
      if (authorizer.ttlSeconds > 0) kept.set(key, { response, until: clock.now() + authorizer.ttlSeconds * 1000 });
    }

    const decision = evaluatePolicy(response.policyDocument, methodArn);
    if (decision === "allow") return passedOn(response);
    const how = decision === "explicit-deny" ? " with an explicit deny" : "";
    throw new GatewayError("ACCESS_DENIED", `User is not authorized to access this resource${how}`, passedOn(response));
  };
};

/** Undefined where the request has no such value, which refuses it. */
const identityValue = ({ from, name }: IdentitySource, { request, context }: ApiCall): string | undefined => {
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

const readAnswer = (invocation: Invocation): Answer => {
  if (invocation.ok) {
    const response = z.safeParse(Answer, JSON.parse(invocation.payload));
    if (response.success) return response.data;
    throw new GatewayError("AUTHORIZER_CONFIGURATION_ERROR", null);
  }
  // Nothing but this very message is a refusal; any other error is a broken authorizer.
  if (invocation.error.errorMessage === "Unauthorized") throw new GatewayError("UNAUTHORIZED", "Unauthorized");
  throw new GatewayError(
    invocation.reason === "timeout" ? "AUTHORIZER_FAILURE" : "AUTHORIZER_CONFIGURATION_ERROR",
    null,
  );
};

/** Every value arrives as text. */
const passedOn = ({ principalId, context }: Answer): AuthorizerContext => ({
  ...Object.fromEntries(
    Object.entries(context ?? {}).map(([name, value]) => [name, value === null ? null : `${value}`]),
  ),
  principalId,
  integrationLatency: 0,
});
