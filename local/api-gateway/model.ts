import type { APIGatewayProxyEvent } from "aws-lambda";
import type { AuthorizerDefinition } from "./authorizer-definition.ts";
import type { GatewayRequest } from "./gateway-request.ts";
import type { Integration } from "./integrations.ts";

/** The template's REST API as API Gateway would run it. */
export type RestApi = {
  readonly apiId: string;
  readonly stage: string;
  /** `https://{apiId}.execute-api.{region}.{suffix}/{stage}` */
  readonly invokeUrl: string;
  readonly binaryMediaTypes: readonly string[];
  readonly resources: readonly ApiResource[];
  readonly gatewayResponses: ReadonlyMap<string, GatewayResponseDefinition>;
};

/** A path of the API and the methods on it. */
export type ApiResource = {
  readonly resourceId: string;
  /** As declared: `/auth/sessions/{id}`. */
  readonly path: string;
  readonly methods: ReadonlyMap<string, ApiMethod>;
};

export type ApiMethod = {
  readonly integration: Integration;
  readonly authorizer: AuthorizerDefinition | undefined;
};

/** A gateway response as the template customizes it. */
export type GatewayResponseDefinition = {
  readonly statusCode: number | undefined;
  /** `gatewayresponse.header.X` to `'text'`, `method.request.header.X`, `context.x`. */
  readonly parameters: Readonly<Record<string, string>>;
  /** By content type. */
  readonly templates: Readonly<Record<string, string>>;
};

/** Which method of which resource a request is for, and what its path parameters are. */
export type Route = {
  readonly resource: ApiResource;
  readonly method: ApiMethod;
  readonly pathParameters: Readonly<Record<string, string>>;
};

/** What an authorizer passes on: its context and `principalId`, as text. */
export type AuthorizerContext = Readonly<Record<string, string | number | null>>;

export type RequestContext = Omit<APIGatewayProxyEvent["requestContext"], "authorizer"> & {
  readonly deploymentId: string;
  readonly authorizer?: AuthorizerContext;
};

/** A request whose route is known. */
export type ApiCall = {
  readonly request: GatewayRequest;
  readonly route: Route;
  readonly context: RequestContext;
};

/** An HTTP answer, with one entry for every header line. */
export type GatewayResponse = {
  readonly statusCode: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
};
