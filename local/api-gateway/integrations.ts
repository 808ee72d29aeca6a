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
  /** Headers that are added when the request's `Origin` is this one, or take the place of the same ones above. */
  readonly headersByOrigin: ReadonlyMap<string, Readonly<Record<string, string>>>;
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
    headersByOrigin: new Map(
      Object.values(response.ResponseTemplates).flatMap((template) => headersByOriginIn(where, template)),
    ),
  };
};

/** A static value of a mapping stands between single quotes. */
const readStaticValue = (where: string, mapping: string): string => {
  const quoted = /^'(.*)'$/.exec(mapping)?.[1];
  if (quoted === undefined) throw new StartError(`${where} maps a header from ${mapping}, which is not emulated here.`);
  return quoted;
};

/** What a template may consist of: it reads `Origin`, compares it with a text, and sets headers to texts. */
const ORIGIN_VARIABLE = /^#set\(\$\w+ = \$input\.params\(\)\.header\.get\("origin"\)\)$/i;
const IF_ORIGIN = /^#if\(\$\w+ == "([^"]+)"(?: \|\| \$\w+ == "\1")*\)$/;
const SET_HEADER = /^#set\(\$context\.responseOverride\.header\.([A-Za-z0-9-]+) = "([^"]*)"\)$/;

/** The headers that a template sets for each origin. */
const headersByOriginIn = (where: string, template: string): [string, Record<string, string>][] => {
  const found: [string, Record<string, string>][] = [];
  let current: Record<string, string> | undefined;
  for (const line of template.split("\n").map((text) => text.trim())) {
    const origin = IF_ORIGIN.exec(line)?.[1];
    const [, name, value] = SET_HEADER.exec(line) ?? [];
    if (line === "" || ORIGIN_VARIABLE.test(line)) continue;
    if (origin !== undefined && current === undefined) {
      current = {};
      found.push([origin, current]);
    } else if (name !== undefined && value !== undefined && current !== undefined) current[name] = value;
    else if (line === "#end" && current !== undefined) current = undefined;
    else throw new StartError(`${where} has a response template that is not emulated here.`);
  }
  return found;
};
