import type { APIGatewayProxyEvent } from "aws-lambda";

/** An object is sent as JSON, text is sent unchanged. */
export type RequestBody = string | Readonly<Record<string, unknown>> | null;

export type RequestOptions = {
  readonly method?: string;
  /** Without the stage. */
  readonly path?: string;
  readonly body?: RequestBody;
  /** Two values of one name are two headers. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly isBase64Encoded?: boolean;
  readonly ip?: string;
  /** The context of the authorizer, on a route behind the authorizer. */
  readonly authorizer?: Readonly<Record<string, unknown>>;
};

export const REQUEST_ID = "c6af9ac6-7b61-11e6-9a41-93e8deadbeef";

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html */
export const aRequest = ({
  method = "POST",
  path = "/auth/login",
  body = null,
  headers = {},
  isBase64Encoded = false,
  ip = "203.0.113.7",
  authorizer,
}: RequestOptions = {}): APIGatewayProxyEvent => {
  const sent: Readonly<Record<string, string | readonly string[]>> = {
    Accept: "*/*",
    ...(body === null || hasHeader(headers, "content-type") ? {} : { "Content-Type": "application/json" }),
    Host: "abcdef1234.execute-api.eu-central-1.amazonaws.com",
    "User-Agent": "test/1.0",
    "X-Forwarded-For": `${ip}, 203.0.113.99`,
    ...headers,
  };
  const entries = Object.entries(sent).map(([name, values]) => [name, [values].flat()] as const);
  return {
    resource: path,
    path,
    httpMethod: method,
    headers: Object.fromEntries(entries.map(([name, values]) => [name, values.at(-1)])),
    multiValueHeaders: Object.fromEntries(entries.map(([name, values]) => [name, [...values]])),
    queryStringParameters: null,
    multiValueQueryStringParameters: null,
    pathParameters: null,
    stageVariables: null,
    isBase64Encoded,
    body: typeof body === "object" && body !== null ? JSON.stringify(body) : body,
    requestContext: {
      accountId: "123456789012",
      apiId: "abcdef1234",
      authorizer:
        authorizer === undefined ? undefined : { principalId: "principal", integrationLatency: 3, ...authorizer },
      httpMethod: method,
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
        sourceIp: ip,
        user: null,
        userAgent: "test/1.0",
        userArn: null,
      },
      path: `/prod${path}`,
      protocol: "HTTP/1.1",
      requestId: REQUEST_ID,
      requestTimeEpoch: 1_800_000_000_000,
      resourceId: "a1b2c3",
      resourcePath: path,
      stage: "prod",
    },
  };
};

const hasHeader = (headers: Readonly<Record<string, unknown>>, name: string): boolean =>
  Object.keys(headers).some((key) => key.toLowerCase() === name);
