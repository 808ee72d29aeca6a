import { type IResource, MockIntegration } from "aws-cdk-lib/aws-apigateway";
import { corsHeaders, quoted, SECURITY_HEADERS } from "./response-headers.ts";

const ALLOWED_HEADERS = "Authorization,Content-Type,Idempotency-Key,X-CSRF-Token";
const MAX_AGE_SECONDS = 600;

/**
 * Answers the browser's preflight request for one path without calling a function: exact origins, credentials allowed,
 * cached for ten minutes (C5). `addCorsPreflight` of the CDK does the same without the security headers (H2).
 *
 * The static headers name the first origin; the template puts the caller's in its place if it is one of the others. A
 * caller from anywhere else is told the first origin, which its browser refuses.
 */
export const addPreflight = (resource: IResource, methods: readonly string[], origins: readonly string[]): void => {
  const [first, ...others] = origins;
  if (first === undefined) return;
  const headers = {
    ...SECURITY_HEADERS,
    ...corsHeaders(first),
    "Access-Control-Allow-Headers": ALLOWED_HEADERS,
    "Access-Control-Allow-Methods": methods.join(","),
    "Access-Control-Max-Age": String(MAX_AGE_SECONDS),
  };
  const integration = new MockIntegration({
    requestTemplates: { "application/json": '{ "statusCode": 200 }' },
    integrationResponses: [
      {
        statusCode: "204",
        responseParameters: prefixed(quoted(headers)),
        ...(others.length === 0 ? {} : { responseTemplates: { "application/json": chooseOrigin(others) } }),
      },
    ],
  });
  resource.addMethod("OPTIONS", integration, {
    methodResponses: [
      {
        statusCode: "204",
        responseParameters: prefixed(Object.fromEntries(Object.keys(headers).map((h) => [h, true]))),
      },
    ],
  });
};

/** Header names keep the case that the client sent, and HTTP/2 sends lower case. The answer never repeats the client's text. */
const chooseOrigin = (origins: readonly string[]): string =>
  [
    '#set($upper = $input.params().header.get("Origin"))',
    '#set($lower = $input.params().header.get("origin"))',
    ...origins.flatMap((origin) => [
      `#if($upper == "${origin}" || $lower == "${origin}")`,
      `#set($context.responseOverride.header.Access-Control-Allow-Origin = "${origin}")`,
      "#end",
    ]),
  ].join("\n");

const prefixed = <Value>(headers: Readonly<Record<string, Value>>): Record<string, Value> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [`method.response.header.${name}`, value]));
