import * as z from "zod/mini";
import { parseFunctionName } from "../cloudformation/references.ts";
import { asShape } from "../support/shape.ts";
import { StartError } from "../support/start-error.ts";

/** A Lambda authorizer as the template declares it. */
export type AuthorizerDefinition = {
  readonly authorizerId: string;
  readonly type: "TOKEN" | "REQUEST";
  readonly functionName: string;
  /** How long a cached response is used, in seconds. 0 turns caching off. */
  readonly ttlSeconds: number;
  readonly identitySources: readonly IdentitySource[];
  /** A token that does not match is rejected without an invocation. */
  readonly tokenPattern: RegExp | undefined;
};

/** A value of the request that an authorizer requires. With caching, the values are the cache key. */
export type IdentitySource = {
  readonly from: "header" | "querystring" | "context" | "stageVariables";
  readonly name: string;
};

const Properties = z.looseObject({
  Type: z.string(),
  AuthorizerUri: z.optional(z.string()),
  AuthorizerResultTtlInSeconds: z._default(z.number(), 300),
  IdentitySource: z.optional(z.string()),
  IdentityValidationExpression: z.optional(z.string()),
});

/**
 * Reads the properties of an `AWS::ApiGateway::Authorizer`.
 * @param authorizerId the logical id of the resource
 * @throws StartError if the authorizer is not a Lambda function, or if API Gateway would not create the authorizer
 */
export const readAuthorizer = (authorizerId: string, value: unknown): AuthorizerDefinition => {
  const properties = asShape(Properties, value, authorizerId);
  if ((properties.Type !== "TOKEN" && properties.Type !== "REQUEST") || properties.AuthorizerUri === undefined) {
    throw new StartError(`${authorizerId} is a ${properties.Type} authorizer, which is not emulated here.`);
  }
  const identitySources = (properties.IdentitySource ?? "").split(",").filter(Boolean).map(readSource);
  const needsSource = properties.Type === "TOKEN" || properties.AuthorizerResultTtlInSeconds > 0;
  if (needsSource && identitySources.length === 0) {
    throw new StartError(
      `${authorizerId} has no identity source: API Gateway requires one for tokens and for caching.`,
    );
  }
  const pattern = properties.IdentityValidationExpression;
  return {
    authorizerId,
    type: properties.Type,
    functionName: parseFunctionName(properties.AuthorizerUri),
    ttlSeconds: properties.AuthorizerResultTtlInSeconds,
    identitySources,
    tokenPattern: pattern === undefined ? undefined : new RegExp(`^(?:${pattern})$`),
  };
};

/** `method.request.header.Authorization`, `method.request.querystring.code`, `context.path`, `stageVariables.name`. */
const readSource = (text: string): IdentitySource => {
  const source = text.trim();
  const request = /^method\.request\.(header|querystring)\.(.+)$/.exec(source);
  if (request !== null) return { from: request[1] === "header" ? "header" : "querystring", name: request[2] ?? "" };
  const other = /^(context|stageVariables)\.(.+)$/.exec(source);
  if (other !== null) return { from: other[1] === "context" ? "context" : "stageVariables", name: other[2] ?? "" };
  throw new StartError(`${source} is not an identity source.`);
};
