import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { atEnd } from "./clean-up.ts";

type Resource = {
  readonly Type: string;
  readonly Properties?: object;
  readonly Metadata?: object;
  readonly Condition?: string;
};
type Resources = Readonly<Record<string, Resource>>;

export type AssemblyParts = {
  /** The bundles by the logical id of the function. The id is also the name of the construct. */
  readonly functions?: Readonly<Record<string, string>>;
  /** Properties that replace the default properties of each function. */
  readonly functionProperties?: object;
  readonly resources?: Resources;
  readonly conditions?: object;
};

/** Creates an empty folder. The folder is removed after the last test of the file. */
export const aFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "latchkey-local-"));
  atEnd(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

/** Writes a cloud assembly like `cdk synth`: a stack with an API at the stage `test`, and the given parts. */
export const anAssembly = ({ functions = {}, functionProperties, resources, conditions }: AssemblyParts): string => {
  const directory = aFolder();
  const functionResources: Resources = Object.fromEntries(
    Object.entries(functions).map(([id, source]) => {
      mkdirSync(join(directory, `asset.${id}`));
      writeFileSync(join(directory, `asset.${id}`, "index.mjs"), source);
      return [id, aFunction(id, functionProperties)];
    }),
  );
  const template = {
    Conditions: conditions,
    Resources: {
      Api: { Type: "AWS::ApiGateway::RestApi", Properties: { BinaryMediaTypes: ["image/png"] } },
      Stage: { Type: "AWS::ApiGateway::Stage", Properties: { StageName: "test", RestApiId: { Ref: "Api" } } },
      ...functionResources,
      ...resources,
    },
  };
  const manifest = {
    artifacts: {
      Stack: { type: "aws:cloudformation:stack", properties: { templateFile: "Stack.template.json" } },
    },
  };
  writeFileSync(join(directory, "manifest.json"), JSON.stringify(manifest));
  writeFileSync(join(directory, "Stack.template.json"), JSON.stringify(template));
  return directory;
};

const aFunction = (id: string, properties: object = {}): Resource => ({
  Type: "AWS::Lambda::Function",
  Properties: { Runtime: "nodejs24.x", Handler: "index.handler", Timeout: 10, ...properties },
  Metadata: { "aws:asset:path": `asset.${id}`, "aws:cdk:path": `Stack/${id}/Resource` },
});

type RouteParts = {
  /** One segment below the root, such as `echo` or `{proxy+}`. */
  readonly path: string;
  readonly method?: string;
  readonly function: string;
  readonly authorizer?: string;
  readonly timeoutMs?: number;
};

/** Creates a resource with one method, like CDK. */
export const aRoute = ({ path, method = "ANY", authorizer, timeoutMs, ...route }: RouteParts): Resources => {
  const resourceId = `Path${path.replaceAll(/\W/g, "")}`;
  return {
    [resourceId]: {
      Type: "AWS::ApiGateway::Resource",
      Properties: { ParentId: { "Fn::GetAtt": ["Api", "RootResourceId"] }, PathPart: path, RestApiId: { Ref: "Api" } },
    },
    [`${resourceId}${method}`]: {
      Type: "AWS::ApiGateway::Method",
      Properties: {
        HttpMethod: method,
        ResourceId: { Ref: resourceId },
        RestApiId: { Ref: "Api" },
        AuthorizationType: authorizer === undefined ? "NONE" : "CUSTOM",
        ...(authorizer !== undefined && { AuthorizerId: { Ref: authorizer } }),
        Integration: {
          Type: "AWS_PROXY",
          IntegrationHttpMethod: "POST",
          Uri: invocationUri(route.function),
          ...(timeoutMs !== undefined && { TimeoutInMillis: timeoutMs }),
        },
      },
    },
  };
};

/** Creates a REQUEST authorizer. Without other properties it does not cache. */
export const anAuthorizer = (functionId: string, properties: object = {}): Resource => ({
  Type: "AWS::ApiGateway::Authorizer",
  Properties: {
    Type: "REQUEST",
    AuthorizerResultTtlInSeconds: 0,
    IdentitySource: "",
    AuthorizerUri: invocationUri(functionId),
    ...properties,
  },
});

const invocationUri = (functionId: string) => ({
  "Fn::Join": [
    "",
    [
      "arn:",
      { Ref: "AWS::Partition" },
      ":apigateway:",
      { Ref: "AWS::Region" },
      ":lambda:path/2015-03-31/functions/",
      { "Fn::GetAtt": [functionId, "Arn"] },
      "/invocations",
    ],
  ],
});
