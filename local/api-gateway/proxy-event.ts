import type { APIGatewayProxyEvent, APIGatewayRequestAuthorizerEvent } from "aws-lambda";
import { type GatewayRequest, headerValues } from "./gateway-request.ts";
import type { ApiCall, RequestContext, RestApi, Route } from "./model.ts";

/**
 * Creates the `requestContext` of an event. The same object is `$context` in a gateway response.
 * @param route undefined if the API has no route for the request
 */
export const createRequestContext = (
  request: GatewayRequest,
  api: RestApi,
  accountId: string,
  route: Route | undefined,
): RequestContext => ({
  accountId,
  apiId: api.apiId,
  deploymentId: "local",
  domainName: request.host,
  domainPrefix: api.apiId,
  extendedRequestId: request.extendedRequestId,
  httpMethod: request.httpMethod,
  identity: {
    accessKey: null,
    accountId: null,
    apiKey: null,
    apiKeyId: null,
    caller: null,
    clientCert: null,
    cognitoAuthenticationProvider: null,
    cognitoAuthenticationType: null,
    cognitoIdentityId: null,
    cognitoIdentityPoolId: null,
    principalOrgId: null,
    sourceIp: request.sourceIp,
    user: null,
    userAgent: headerValues(request, "user-agent").at(-1) ?? null,
    userArn: null,
  },
  path: `/${api.stage}${request.path}`,
  protocol: request.protocol,
  requestId: request.requestId,
  requestTime: formatCommonLogTime(request.time),
  requestTimeEpoch: request.time,
  resourceId: route?.resource.resourceId ?? "",
  resourcePath: route?.resource.path ?? "",
  stage: api.stage,
});

/** Creates the event of a Lambda proxy integration. Source: "Input format of a Lambda function for proxy integration". */
export const createProxyEvent = (
  { request, route, context }: ApiCall,
  body: { readonly text: string | null; readonly isBase64Encoded: boolean },
) =>
  ({
    resource: route.resource.path,
    path: request.path,
    httpMethod: request.httpMethod,
    headers: pickLastValues(request.headers),
    multiValueHeaders: copyAllValues(request.headers),
    queryStringParameters: orNull(pickLastValues(request.query)),
    multiValueQueryStringParameters: orNull(copyAllValues(request.query)),
    pathParameters: orNull(route.pathParameters),
    stageVariables: null,
    requestContext: context,
    body: body.text,
    isBase64Encoded: body.isBase64Encoded,
  }) satisfies Omit<APIGatewayProxyEvent, "requestContext"> & { requestContext: RequestContext };

/** Creates the event of a REQUEST authorizer. Empty maps replace the nulls of a proxy event. */
export const createAuthorizerEvent = ({ request, route, context }: ApiCall, methodArn: string) =>
  ({
    type: "REQUEST",
    methodArn,
    resource: route.resource.path,
    path: request.path,
    httpMethod: request.httpMethod,
    headers: pickLastValues(request.headers),
    multiValueHeaders: copyAllValues(request.headers),
    queryStringParameters: pickLastValues(request.query),
    multiValueQueryStringParameters: copyAllValues(request.query),
    pathParameters: { ...route.pathParameters },
    stageVariables: {},
    requestContext: context,
  }) satisfies Omit<APIGatewayRequestAuthorizerEvent, "requestContext"> & { requestContext: RequestContext };

type MultiMap = ReadonlyMap<string, readonly string[]>;

const pickLastValues = (map: MultiMap): Record<string, string> =>
  Object.fromEntries([...map].map(([name, values]) => [name, values.at(-1) ?? ""]));

const copyAllValues = (map: MultiMap): Record<string, string[]> =>
  Object.fromEntries([...map].map(([name, values]) => [name, [...values]]));

const orNull = <Value>(map: Readonly<Record<string, Value>>): Record<string, Value> | null =>
  Object.keys(map).length > 0 ? { ...map } : null;

/** `23/Nov/2026:21:26:07 +0000` */
const formatCommonLogTime = (time: number): string => {
  const [, day, month, year, clock] = new Date(time).toUTCString().split(" ");
  return `${day}/${month}/${year}:${clock} +0000`;
};
