import type { APIGatewayProxyEvent, APIGatewayRequestAuthorizerEvent } from "aws-lambda";
import { type GatewayRequest, headerValues } from "./gateway-request.ts";
import type { ApiCall, RequestContext, RestApi, Route } from "./model.ts";

/** The `requestContext` of an event, which is also `$context` in a gateway response. */
export const getRequestContext = (
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
  requestTime: commonLogTime(request.time),
  requestTimeEpoch: request.time,
  resourceId: route?.resource.resourceId ?? "",
  resourcePath: route?.resource.path ?? "",
  stage: api.stage,
});

/** The event of a Lambda proxy integration. Source: "Input format of a Lambda function for proxy integration". */
export const proxyEvent = (
  { request, route, context }: ApiCall,
  body: { readonly text: string | null; readonly isBase64Encoded: boolean },
) =>
  ({
    resource: route.resource.path,
    path: request.path,
    httpMethod: request.httpMethod,
    headers: lastValues(request.headers),
    multiValueHeaders: allValues(request.headers),
    queryStringParameters: orNull(lastValues(request.query)),
    multiValueQueryStringParameters: orNull(allValues(request.query)),
    pathParameters: orNull(route.pathParameters),
    stageVariables: null,
    requestContext: context,
    body: body.text,
    isBase64Encoded: body.isBase64Encoded,
  }) satisfies Omit<APIGatewayProxyEvent, "requestContext"> & { requestContext: RequestContext };

/** The event of a REQUEST authorizer: empty maps where a proxy event has null. */
export const authorizerEvent = ({ request, route, context }: ApiCall, methodArn: string) =>
  ({
    type: "REQUEST",
    methodArn,
    resource: route.resource.path,
    path: request.path,
    httpMethod: request.httpMethod,
    headers: lastValues(request.headers),
    multiValueHeaders: allValues(request.headers),
    queryStringParameters: lastValues(request.query),
    multiValueQueryStringParameters: allValues(request.query),
    pathParameters: { ...route.pathParameters },
    stageVariables: {},
    requestContext: context,
  }) satisfies Omit<APIGatewayRequestAuthorizerEvent, "requestContext"> & { requestContext: RequestContext };

type MultiMap = ReadonlyMap<string, readonly string[]>;

const lastValues = (map: MultiMap): Record<string, string> =>
  Object.fromEntries([...map].map(([name, values]) => [name, values.at(-1) ?? ""]));

const allValues = (map: MultiMap): Record<string, string[]> =>
  Object.fromEntries([...map].map(([name, values]) => [name, [...values]]));

const orNull = <Value>(map: Readonly<Record<string, Value>>): Record<string, Value> | null =>
  Object.keys(map).length > 0 ? { ...map } : null;

/** `23/Nov/2026:21:26:07 +0000` */
const commonLogTime = (time: number): string => {
  const [, day, month, year, clock] = new Date(time).toUTCString().split(" ");
  return `${day}/${month}/${year}:${clock} +0000`;
};
