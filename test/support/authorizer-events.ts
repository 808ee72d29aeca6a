/** The request of a client, before API Gateway turns it into an event. Two values of one name are two headers. */
export type ClientRequest = {
  readonly method?: string;
  /** Without the stage. */
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
};

const ACCOUNT = "arn:aws:execute-api:eu-central-1:123456789012";
const IDENTITY = { sourceIp: "203.0.113.7", userAgent: "test/1.0", accountId: null, apiKey: null, clientCert: null };

const getLists = (headers: ClientRequest["headers"]): [string, string[]][] =>
  Object.entries(headers ?? {}).map(([name, values]) => [name, [values].flat()]);

/** The headers of REST and WebSocket APIs: names as the client spells them, the last value of each, and all values of each. */
const restHeaders = (sent: ClientRequest["headers"]) => {
  const lists = getLists({ Accept: "*/*", Host: "abcdef1234.execute-api.eu-central-1.amazonaws.com", ...sent });
  return {
    headers: Object.fromEntries(lists.map(([name, values]) => [name, values.at(-1)])),
    multiValueHeaders: Object.fromEntries(lists),
  };
};

/** The headers of HTTP APIs: names in lower case, values joined by commas. */
const httpHeaders = (sent: ClientRequest["headers"]): Record<string, string> => {
  const joined: Record<string, string> = {};
  for (const [name, values] of getLists({
    Accept: "*/*",
    Host: "abcdef1234.execute-api.eu-central-1.amazonaws.com",
    ...sent,
  })) {
    const key = name.toLowerCase();
    joined[key] = [...(joined[key] === undefined ? [] : [joined[key]]), ...values].join(",");
  }
  return joined;
};

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-input.html */
export const restToken = ({ method = "GET", path = "/things/1", headers }: ClientRequest = {}) => ({
  type: "TOKEN",
  methodArn: `${ACCOUNT}:abcdef1234/prod/${method}${path}`,
  // The token source. API Gateway passes one value.
  authorizationToken: getLists(headers)
    .find(([name]) => name.toLowerCase() === "authorization")?.[1]
    .at(-1),
});

/** The same page. */
export const restRequest = ({ method = "GET", path = "/things/1", headers }: ClientRequest = {}) => ({
  type: "REQUEST",
  methodArn: `${ACCOUNT}:abcdef1234/prod/${method}${path}`,
  resource: "/{proxy+}",
  path,
  httpMethod: method,
  ...restHeaders(headers),
  queryStringParameters: {},
  multiValueQueryStringParameters: {},
  pathParameters: { proxy: path.slice(1) },
  stageVariables: {},
  requestContext: {
    path: `/prod${path}`,
    accountId: "123456789012",
    resourceId: "05c7jb",
    stage: "prod",
    requestId: "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
    identity: IDENTITY,
    resourcePath: "/{proxy+}",
    httpMethod: method,
    apiId: "abcdef1234",
  },
});

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html */
export const httpApi1 = ({ method = "GET", path = "/things/1", headers }: ClientRequest = {}) => {
  const sent = httpHeaders(headers);
  return {
    version: "1.0",
    type: "REQUEST",
    methodArn: `${ACCOUNT}:abcdef1234/$default/${method}${path}`,
    identitySource: sent["authorization"],
    authorizationToken: sent["authorization"],
    resource: path,
    path,
    httpMethod: method,
    headers: sent,
    queryStringParameters: {},
    pathParameters: {},
    stageVariables: {},
    requestContext: {
      path,
      accountId: "123456789012",
      resourceId: "05c7jb",
      stage: "$default",
      requestId: "JKJaXmPLvHcESHA=",
      identity: IDENTITY,
      resourcePath: path,
      httpMethod: method,
      apiId: "abcdef1234",
    },
  };
};

/** The same page. */
export const httpApi2 = ({ method = "GET", path = "/things/1", headers }: ClientRequest = {}) => {
  const { cookie, ...sent } = httpHeaders(headers);
  return {
    version: "2.0",
    type: "REQUEST",
    routeArn: `${ACCOUNT}:abcdef1234/$default/${method}${path}`,
    identitySource: sent["authorization"] === undefined ? null : [sent["authorization"]],
    routeKey: `${method} ${path}`,
    rawPath: path,
    rawQueryString: "",
    ...(cookie === undefined ? {} : { cookies: cookie.split(";").map((pair) => pair.replace(/^ /, "")) }),
    headers: sent,
    requestContext: {
      accountId: "123456789012",
      apiId: "abcdef1234",
      domainName: "abcdef1234.execute-api.eu-central-1.amazonaws.com",
      domainPrefix: "abcdef1234",
      http: { method, path, protocol: "HTTP/1.1", sourceIp: "203.0.113.7", userAgent: "test/1.0" },
      requestId: "JKJaXmPLvHcESHA=",
      routeKey: `${method} ${path}`,
      stage: "$default",
      time: "15/Jan/2027:08:00:00 +0000",
      timeEpoch: 1_800_000_000_000,
    },
  };
};

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-lambda-auth.html */
export const webSocketConnect = ({ headers }: ClientRequest = {}) => ({
  type: "REQUEST",
  methodArn: `${ACCOUNT}:abcdef1234/prod/$connect`,
  ...restHeaders({ Connection: "upgrade", Upgrade: "websocket", "Sec-WebSocket-Version": "13", ...headers }),
  queryStringParameters: {},
  multiValueQueryStringParameters: {},
  stageVariables: {},
  requestContext: {
    routeKey: "$connect",
    eventType: "CONNECT",
    extendedRequestId: "JKJaXmPLvHcESHA=",
    requestTime: "15/Jan/2027:08:00:00 +0000",
    messageDirection: "IN",
    stage: "prod",
    connectedAt: 1_800_000_000_000,
    requestTimeEpoch: 1_800_000_000_000,
    identity: IDENTITY,
    requestId: "JKJaXmPLvHcESHA=",
    domainName: "abcdef1234.execute-api.eu-central-1.amazonaws.com",
    connectionId: "JKJaXeYbFiACESw=",
    apiId: "abcdef1234",
  },
});

/** Every kind of API and event, and how it rejects: a thrown `Unauthorized` (401), a Deny policy or `isAuthorized: false` (403). */
export const EVENT_SHAPES = [
  { shape: "REST TOKEN", event: restToken, rejection: "throws", stage: `${ACCOUNT}:abcdef1234/prod` },
  { shape: "REST REQUEST", event: restRequest, rejection: "throws", stage: `${ACCOUNT}:abcdef1234/prod` },
  { shape: "HTTP API 1.0", event: httpApi1, rejection: "denies", stage: `${ACCOUNT}:abcdef1234/$default` },
  { shape: "HTTP API 2.0", event: httpApi2, rejection: "says no", stage: `${ACCOUNT}:abcdef1234/$default` },
  { shape: "WebSocket $connect", event: webSocketConnect, rejection: "throws", stage: `${ACCOUNT}:abcdef1234/prod` },
] as const;
