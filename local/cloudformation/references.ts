/** Where the template is pretended to be deployed. */
export type CloudEnvironment = {
  readonly accountId: string;
  readonly region: string;
  readonly partition: string;
  readonly urlSuffix: string;
  readonly stackName: string;
};

type Properties = Readonly<Record<string, unknown>>;

/**
 * What `Ref` gives for a resource. Generated names carry no random part: data kept between two starts is found again.
 * Source: "Return values" of each resource type in the CloudFormation template reference.
 */
export const getPhysicalId = (
  logicalId: string,
  type: string,
  properties: Properties,
  environment: CloudEnvironment,
): string => {
  const generated = `${environment.stackName}-${logicalId}`;
  switch (type) {
    case "AWS::DynamoDB::Table":
    case "AWS::DynamoDB::GlobalTable":
      return given(properties["TableName"]) ?? generated;
    case "AWS::Lambda::Function":
      return given(properties["FunctionName"]) ?? generated;
    case "AWS::Lambda::Version":
      return `${functionArn(given(properties["FunctionName"]) ?? "", environment)}:1`;
    case "AWS::Lambda::Alias":
      return `${functionArn(given(properties["FunctionName"]) ?? "", environment)}:${given(properties["Name"]) ?? ""}`;
    case "AWS::SecretsManager::Secret":
      return arn("secretsmanager", `secret:${given(properties["Name"]) ?? generated}-Local1`, environment);
    case "AWS::ApiGateway::Stage":
      return given(properties["StageName"]) ?? generated;
    case "AWS::ApiGateway::RestApi":
      return logicalId.toLowerCase();
    case "AWS::ApiGateway::Resource":
    case "AWS::ApiGateway::Authorizer":
      return logicalId;
    default:
      return given(properties["Name"]) ?? generated;
  }
};

/** What `Fn::GetAtt` gives. An attribute that nothing here depends on gives a recognizable placeholder. */
export const getAttribute = (
  logicalId: string,
  type: string,
  properties: Properties,
  attribute: string,
  environment: CloudEnvironment,
): string => {
  const physicalId = getPhysicalId(logicalId, type, properties, environment);
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
      return rootResourceId(logicalId);
    default:
      return attribute === "Arn" ? arn("local", physicalId, environment) : `${physicalId}.${attribute}`;
  }
};

/** The id of a REST API's `/` resource, which no resource of the template declares. */
export const rootResourceId = (restApiLogicalId: string): string => `${restApiLogicalId}-root`;

/** The function's name in any ARN form: plain, with a version or alias, or wrapped in an integration's invocation path. */
export const functionNameIn = (reference: string): string => /:function:([^:/]+)/.exec(reference)?.[1] ?? reference;

const functionArn = (nameOrArn: string, environment: CloudEnvironment): string =>
  nameOrArn.startsWith("arn:") ? nameOrArn : arn("lambda", `function:${nameOrArn}`, environment);

const arn = (service: string, resource: string, { partition, region, accountId }: CloudEnvironment): string =>
  `arn:${partition}:${service}:${region}:${accountId}:${resource}`;

const given = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
