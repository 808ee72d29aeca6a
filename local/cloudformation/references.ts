/** The account, the region and the stack for which references are resolved. */
export type CloudEnvironment = {
  readonly accountId: string;
  readonly region: string;
  readonly partition: string;
  readonly urlSuffix: string;
  readonly stackName: string;
};

type Properties = Readonly<Record<string, unknown>>;

/**
 * Returns the value of `Ref` for a resource. Generated names have no random part, so that the next start finds the stored data.
 * Source: "Return values" of each resource type in the CloudFormation template reference.
 */
export const resolvePhysicalId = (
  logicalId: string,
  type: string,
  properties: Properties,
  environment: CloudEnvironment,
): string => {
  const generated = `${environment.stackName}-${logicalId}`;
  switch (type) {
    case "AWS::DynamoDB::Table":
    case "AWS::DynamoDB::GlobalTable":
      return toText(properties["TableName"]) ?? generated;
    case "AWS::Lambda::Function":
      return toText(properties["FunctionName"]) ?? generated;
    case "AWS::Lambda::Version":
      return `${functionArn(toText(properties["FunctionName"]) ?? "", environment)}:1`;
    case "AWS::Lambda::Alias":
      return `${functionArn(toText(properties["FunctionName"]) ?? "", environment)}:${toText(properties["Name"]) ?? ""}`;
    case "AWS::SecretsManager::Secret":
      return arn("secretsmanager", `secret:${toText(properties["Name"]) ?? generated}-Local1`, environment);
    case "AWS::ApiGateway::Stage":
      return toText(properties["StageName"]) ?? generated;
    case "AWS::ApiGateway::RestApi":
      return logicalId.toLowerCase();
    case "AWS::ApiGateway::Resource":
    case "AWS::ApiGateway::Authorizer":
      return logicalId;
    default:
      return toText(properties["Name"]) ?? generated;
  }
};

/** Returns the value of `Fn::GetAtt`. If nothing in this folder uses the attribute, the value is a placeholder. */
export const resolveAttribute = (
  logicalId: string,
  type: string,
  properties: Properties,
  attribute: string,
  environment: CloudEnvironment,
): string => {
  const physicalId = resolvePhysicalId(logicalId, type, properties, environment);
  switch (`${type}.${attribute}`) {
    case "AWS::Lambda::Function.Arn":
      return functionArn(physicalId, environment);
    case "AWS::DynamoDB::Table.Arn":
    case "AWS::DynamoDB::GlobalTable.Arn":
      return arn("dynamodb", `table/${physicalId}`, environment);
    case "AWS::ApiGateway::RestApi.RestApiId":
    case "AWS::ApiGateway::Authorizer.AuthorizerId":
      return physicalId;
    case "AWS::ApiGateway::RestApi.RootResourceId":
      return createRootResourceId(logicalId);
    default:
      return attribute === "Arn" ? arn("local", physicalId, environment) : `${physicalId}.${attribute}`;
  }
};

/** Returns the id of the `/` resource of a REST API. No resource of the template declares `/`. */
export const createRootResourceId = (restApiLogicalId: string): string => `${restApiLogicalId}-root`;

/** Returns the name of a function from a name, an ARN (also with version or alias) or an invocation path of an integration. */
export const parseFunctionName = (reference: string): string => /:function:([^:/]+)/.exec(reference)?.[1] ?? reference;

const functionArn = (nameOrArn: string, environment: CloudEnvironment): string =>
  nameOrArn.startsWith("arn:") ? nameOrArn : arn("lambda", `function:${nameOrArn}`, environment);

const arn = (service: string, resource: string, { partition, region, accountId }: CloudEnvironment): string =>
  `arn:${partition}:${service}:${region}:${accountId}:${resource}`;

const toText = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
