import { type IResource, MockIntegration } from "aws-cdk-lib/aws-apigateway";
import { ANY_ORIGIN_HEADERS, allowedOriginHeaders, originHeaders } from "../../shared/contract/cors.ts";
import { API_REQUEST_HEADERS } from "../../shared/contract/request-headers.ts";
import { quoted, type ResponseHeaderSettings, toSecurityHeaders } from "./response-headers.ts";

const MAX_AGE_SECONDS = 600;

/**
 * Adds the response to preflight requests of browsers for one path. API Gateway makes the response and calls no function. It names
 * exact origins, and browsers keep it for ten minutes (C5). Does nothing if no origin is allowed.
 *
 * If one origin is allowed, static headers name the origin. If several are allowed, a template names the origin of the request, and
 * names no origin for any other.
 *
 * `addCorsPreflight` of the CDK is not used, because it has no security headers (H2) and allows credentials to all origins or to none.
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
    ...toSecurityHeaders(settings),
    ...(isOnly ? allowedOriginHeaders(first) : { Vary: ANY_ORIGIN_HEADERS.Vary }),
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
 * The mapping template that names one of several origins. It reads the header in two spellings, because names keep the case that the
 * client sent, and HTTP/2 sends lower case. The response never repeats text of the client.
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
