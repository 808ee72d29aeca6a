import * as z from "zod/mini";
import type { Resolver } from "../cloudformation/intrinsics.ts";
import type { CloudEnvironment } from "../cloudformation/references.ts";
import { createRootResourceId, resolvePhysicalId } from "../cloudformation/references.ts";
import type { Assembly, Resource } from "../cloudformation/template.ts";
import { asShape } from "../support/shape.ts";
import { StartError } from "../support/start-error.ts";
import { readAuthorizer } from "./authorizer-definition.ts";
import { readIntegration } from "./integrations.ts";
import type { ApiMethod, RestApi } from "./model.ts";

const ApiProperties = z.looseObject({
  BinaryMediaTypes: z._default(z.array(z.string()), []),
  Policy: z.optional(z.unknown()),
});
const StageProperties = z.looseObject({ StageName: z.string() });
const ResourceProperties = z.looseObject({ ParentId: z.string(), PathPart: z.string() });
const MethodProperties = z.looseObject({
  HttpMethod: z.string(),
  ResourceId: z.string(),
  AuthorizationType: z._default(z.string(), "NONE"),
  AuthorizerId: z.optional(z.string()),
  ApiKeyRequired: z.optional(z.boolean()),
  RequestValidatorId: z.optional(z.string()),
  Integration: z.unknown(),
});
const ResponseProperties = z.looseObject({
  ResponseType: z.string(),
  StatusCode: z.optional(z.coerce.number()),
  ResponseParameters: z._default(z.record(z.string(), z.string()), {}),
  ResponseTemplates: z._default(z.record(z.string(), z.string()), {}),
});

/**
 * Reads the REST API of the template. Throttling is not emulated, because one developer uses this machine.
 * @throws StartError if the API rejects requests in a way that is not emulated. The API is never served without that protection
 */
export const readRestApi = (assembly: Assembly, resolver: Resolver, environment: CloudEnvironment): RestApi => {
  const ofType = (type: string) =>
    Object.entries(assembly.template.Resources).filter(
      ([, resource]) => resource.Type === type && resolver.isDeployed(resource),
    );
  const properties = <Schema extends z.ZodMiniType>([logicalId, resource]: [string, Resource], schema: Schema) =>
    asShape(schema, resolver.resolve(resource.Properties ?? {}), logicalId);

  const [api, stage] = [ofType("AWS::ApiGateway::RestApi")[0], ofType("AWS::ApiGateway::Stage")[0]];
  if (api === undefined || stage === undefined) throw new StartError("The template has no REST API with a stage.");
  const apiId = resolvePhysicalId(api[0], api[1].Type, {}, environment);
  const { BinaryMediaTypes: binaryMediaTypes, Policy: policy } = properties(api, ApiProperties);
  if (policy !== undefined) throw new StartError(`${api[0]} has a resource policy, which is not emulated here.`);
  const stageName = properties(stage, StageProperties).StageName;

  const paths = buildPaths(
    createRootResourceId(api[0]),
    ofType("AWS::ApiGateway::Resource").map((entry) => [entry[0], properties(entry, ResourceProperties)]),
  );
  const authorizers = new Map(
    ofType("AWS::ApiGateway::Authorizer").map(([logicalId, resource]) => [
      resolvePhysicalId(logicalId, resource.Type, {}, environment),
      readAuthorizer(logicalId, resolver.resolve(resource.Properties)),
    ]),
  );

  const methods = new Map<string, Map<string, ApiMethod>>();
  for (const entry of ofType("AWS::ApiGateway::Method")) {
    const method = properties(entry, MethodProperties);
    if (method.ApiKeyRequired) throw new StartError(`${entry[0]} requires an API key, which is not emulated here.`);
    if (method.RequestValidatorId !== undefined) {
      throw new StartError(`${entry[0]} has requests validated, which is not emulated here.`);
    }
    const authorizer = method.AuthorizationType === "CUSTOM" ? authorizers.get(method.AuthorizerId ?? "") : undefined;
    if (method.AuthorizationType !== "NONE" && authorizer === undefined) {
      throw new StartError(`${entry[0]} is authorized by ${method.AuthorizationType}, which is not emulated here.`);
    }
    const onPath = methods.get(method.ResourceId) ?? new Map<string, ApiMethod>();
    onPath.set(method.HttpMethod, { integration: readIntegration(entry[0], method.Integration), authorizer });
    methods.set(method.ResourceId, onPath);
  }

  return {
    apiId,
    stage: stageName,
    invokeUrl: `https://${apiId}.execute-api.${environment.region}.${environment.urlSuffix}/${stageName}`,
    binaryMediaTypes,
    resources: [...paths].map(([resourceId, path]) => ({
      resourceId,
      path,
      methods: methods.get(resourceId) ?? new Map<string, ApiMethod>(),
    })),
    gatewayResponses: new Map(
      ofType("AWS::ApiGateway::GatewayResponse").map((entry) => {
        const response = properties(entry, ResponseProperties);
        return [
          response.ResponseType,
          {
            statusCode: response.StatusCode,
            parameters: response.ResponseParameters,
            templates: response.ResponseTemplates,
          },
        ];
      }),
    ),
  };
};

/** Returns the full path of every resource id. Each resource declares its parent and the last part of its path. */
const buildPaths = (
  rootId: string,
  declared: readonly (readonly [string, { readonly ParentId: string; readonly PathPart: string }])[],
): ReadonlyMap<string, string> => {
  const parts = new Map(declared);
  const buildPath = (resourceId: string): string => {
    const part = parts.get(resourceId);
    return part === undefined ? "" : `${buildPath(part.ParentId)}/${part.PathPart}`;
  };
  return new Map([[rootId, "/"], ...declared.map(([id]): [string, string] => [id, buildPath(id)])]);
};
