import type { APIGatewayProxyEvent } from "aws-lambda";
import type { AuthorizerDefinition } from "./authorizer-definition.ts";
import type { GatewayRequest } from "./gateway-request.ts";
import type { Integration } from "./integrations.ts";

/** The REST API of the template. */
export type RestApi = {
  readonly apiId: string;
  readonly stage: string;
  /** `https://{apiId}.execute-api.{region}.{suffix}/{stage}` */
  readonly invokeUrl: string;
  readonly binaryMediaTypes: readonly string[];
  readonly resources: readonly ApiResource[];
  readonly gatewayResponses: ReadonlyMap<string, GatewayResponseDefinition>;
};

/** A path of the API and its methods. */
export type ApiResource = {
  readonly resourceId: string;
  /** As declared, such as `/auth/sessions/{id}`. */
  readonly path: string;
  readonly methods: ReadonlyMap<string, ApiMethod>;
};

/** A method of a path: what runs, and who may call it. */
export type ApiMethod = {
  readonly integration: Integration;
  /** Undefined if everybody may call the method. */
  readonly authorizer: AuthorizerDefinition | undefined;
};

/** A response of the gateway itself, as the template customizes the response. */
export type GatewayResponseDefinition = {
  readonly statusCode: number | undefined;
  /** From `gatewayresponse.header.X` to `'text'`, `method.request.header.X` or `context.x`. */
  readonly parameters: Readonly<Record<string, string>>;
  /** By content type. */
  readonly templates: Readonly<Record<string, string>>;
};

/** The resource and the method that match a request, and the values of the path parameters. */
export type Route = {
  readonly resource: ApiResource;
  readonly method: ApiMethod;
  readonly pathParameters: Readonly<Record<string, string>>;
};

/** The values that an authorizer passes on: its context and `principalId`, as text. */
export type AuthorizerContext = Readonly<Record<string, string | number | null>>;

/** The `requestContext` of an event. */
export type RequestContext = Omit<APIGatewayProxyEvent["requestContext"], "authorizer"> & {
  readonly deploymentId: string;
  readonly authorizer?: AuthorizerContext;
};

/** A request for which a route was found. */
export type ApiCall = {
  readonly request: GatewayRequest;
  readonly route: Route;
  readonly context: RequestContext;
};

/** An HTTP response. `headers` has one entry for every header line. */
export type HttpResponse = {
  readonly statusCode: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
};
