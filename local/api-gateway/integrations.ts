import * as z from "zod/mini";
import { parseFunctionName } from "../cloudformation/references.ts";
import { asShape } from "../support/shape.ts";
import { StartError } from "../support/start-error.ts";

/** What makes the response of a method after the authorization. */
export type Integration = LambdaProxy | Mock;

/** A function that receives the whole request and returns the whole response. */
export type LambdaProxy = {
  readonly type: "lambda";
  readonly functionName: string;
  /** After this time API Gateway responds with 504. */
  readonly timeoutMs: number;
};

/** A fixed response, as CDK writes for CORS preflights. */
export type Mock = {
  readonly type: "mock";
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  /** If the `Origin` of the request is in this list, `Access-Control-Allow-Origin` names that origin. */
  readonly reflectedOrigins: readonly string[];
};

const Properties = z.looseObject({
  Type: z.string(),
  Uri: z.optional(z.string()),
  TimeoutInMillis: z._default(z.number(), 29_000),
  IntegrationResponses: z._default(
    z.array(
      z.looseObject({
        StatusCode: z.coerce.number(),
        ResponseParameters: z._default(z.record(z.string(), z.string()), {}),
        ResponseTemplates: z._default(z.record(z.string(), z.string()), {}),
      }),
    ),
    [],
  ),
});

/**
 * Reads the integration of a method.
 * @param where names the method in an error
 * @throws StartError if the integration is neither a Lambda proxy nor CDK's mock for preflights
 */
export const readIntegration = (where: string, value: unknown): Integration => {
  const integration = asShape(Properties, value, where);
  if (integration.Type === "AWS_PROXY" && integration.Uri !== undefined) {
    const functionName = parseFunctionName(integration.Uri);
    return { type: "lambda", functionName, timeoutMs: integration.TimeoutInMillis };
  }
  const [response] = integration.IntegrationResponses;
  if (integration.Type !== "MOCK" || response === undefined) {
    throw new StartError(`${where} has an integration that is not emulated here.`);
  }
  return {
    type: "mock",
    statusCode: response.StatusCode,
    headers: Object.fromEntries(
      Object.entries(response.ResponseParameters).map(([name, text]) => [
        name.replace("method.response.header.", ""),
        readStaticValue(where, text),
      ]),
    ),
    reflectedOrigins: Object.values(response.ResponseTemplates).flatMap((template) => readOrigins(where, template)),
  };
};

/** A static value of a mapping stands between single quotes. */
const readStaticValue = (where: string, mapping: string): string => {
  const quoted = /^'(.*)'$/.exec(mapping)?.[1];
  if (quoted === undefined) throw new StartError(`${where} maps a header from ${mapping}, which is not emulated here.`);
  return quoted;
};

/**
 * Returns the origins that a template copies from the request to `Access-Control-Allow-Origin`.
 * @throws StartError if the template does anything else
 */
const readOrigins = (where: string, template: string): string[] => {
  const overrides = template.match(/\$context\.responseOverride\.\S+/g) ?? [];
  const origins = [...template.matchAll(/responseOverride\.header\.Access-Control-Allow-Origin = "([^"]+)"/g)];
  if (origins.length === overrides.length) return origins.map((match) => match[1] ?? "");
  throw new StartError(`${where} has a response template that is not emulated here.`);
};
