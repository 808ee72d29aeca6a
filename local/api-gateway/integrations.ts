import * as z from "zod/mini";
import { functionNameIn } from "../cloudformation/references.ts";
import { asShape } from "../support/shape.ts";
import { StartError } from "../support/start-error.ts";

/** What answers a method once it is authorized. */
export type Integration = LambdaProxy | Mock;

export type LambdaProxy = {
  readonly type: "lambda";
  readonly functionName: string;
  readonly timeoutMs: number;
};

/** A fixed answer, as CDK writes it for CORS preflights. */
export type Mock = {
  readonly type: "mock";
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  /** When the request's `Origin` is one of these, it becomes `Access-Control-Allow-Origin`. */
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

/** @throws StartError for an integration other than a Lambda proxy or CDK's mock for preflights */
export const readIntegration = (where: string, value: unknown): Integration => {
  const integration = asShape(Properties, value, where);
  if (integration.Type === "AWS_PROXY" && integration.Uri !== undefined) {
    const functionName = functionNameIn(integration.Uri);
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
        staticValue(where, text),
      ]),
    ),
    reflectedOrigins: Object.values(response.ResponseTemplates).flatMap((template) => originsIn(where, template)),
  };
};

/** A mapping's static value stands between single quotes. */
const staticValue = (where: string, mapping: string): string => {
  const quoted = /^'(.*)'$/.exec(mapping)?.[1];
  if (quoted === undefined) throw new StartError(`${where} maps a header from ${mapping}, which is not emulated here.`);
  return quoted;
};

/** The origins that a template puts in `Access-Control-Allow-Origin` when they are the request's. It may do nothing else. */
const originsIn = (where: string, template: string): string[] => {
  const overrides = template.match(/\$context\.responseOverride\.\S+/g) ?? [];
  const origins = [...template.matchAll(/responseOverride\.header\.Access-Control-Allow-Origin = "([^"]+)"/g)];
  if (origins.length === overrides.length) return origins.map((match) => match[1] ?? "");
  throw new StartError(`${where} has a response template that is not emulated here.`);
};
