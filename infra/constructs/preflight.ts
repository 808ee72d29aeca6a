import { type IResource, MockIntegration } from "aws-cdk-lib/aws-apigateway";
import { API_REQUEST_HEADERS } from "../setting-kinds.ts";
import {
  corsHeaders,
  originHeaders,
  quoted,
  type ResponseHeaderSettings,
  securityHeaders,
} from "./response-headers.ts";

const MAX_AGE_SECONDS = 600;

/**
 * Answers the browser's preflight request for one path without calling a function: exact origins, cached for ten minutes
 * (C5). `addCorsPreflight` of the CDK does the same without the security headers (H2), and with credentials for every
 * origin or for none.
 *
 * One allowed origin stands in static headers. Of several, a template names the one that asks; any other origin is told
 * none.
 */
export const addPreflight = (
  resource: IResource,
  methods: readonly string[],
  settings: ResponseHeaderSettings,
): void => {
  const { allowedOrigins, allowedRequestHeaders = [] } = settings;
  const [first, ...others] = allowedOrigins;
  if (first === undefined) return;
  const isOnly = others.length === 0;
  const staticHeaders = {
    ...securityHeaders(settings),
    ...(isOnly ? corsHeaders(first) : { Vary: "Origin" }),
    "Access-Control-Allow-Headers": [...API_REQUEST_HEADERS, ...allowedRequestHeaders].join(","),
    "Access-Control-Allow-Methods": methods.join(","),
    "Access-Control-Max-Age": String(MAX_AGE_SECONDS),
  };
  const declared = new Set([
    ...Object.keys(staticHeaders),
    ...allowedOrigins.flatMap((origin) => Object.keys(originHeaders(origin))),
  ]);
  const integration = new MockIntegration({
    requestTemplates: { "application/json": '{ "statusCode": 200 }' },
    integrationResponses: [
      {
        statusCode: "204",
        responseParameters: prefixed(quoted(staticHeaders)),
        ...(isOnly ? {} : { responseTemplates: { "application/json": chooseOrigin(allowedOrigins) } }),
      },
    ],
  });
  resource.addMethod("OPTIONS", integration, {
    methodResponses: [
      {
        statusCode: "204",
        responseParameters: prefixed(Object.fromEntries([...declared].map((name) => [name, true]))),
      },
    ],
  });
};

/**
 * Header names keep the case that the client sent, and HTTP/2 sends lower case. The response never repeats the client's
 * text.
 */
const chooseOrigin = (origins: readonly string[]): string =>
  [
    '#set($upper = $input.params().header.get("Origin"))',
    '#set($lower = $input.params().header.get("origin"))',
    ...origins.flatMap((origin) => [
      `#if($upper == "${origin}" || $lower == "${origin}")`,
      ...Object.entries(originHeaders(origin)).map(
        ([name, value]) => `#set($context.responseOverride.header.${name} = "${value}")`,
      ),
      "#end",
    ]),
  ].join("\n");

const prefixed = <Value>(headers: Readonly<Record<string, Value>>): Record<string, Value> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [`method.response.header.${name}`, value]));
