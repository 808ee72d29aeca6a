import { describe, expect, it } from "vitest";
import { createResolver } from "../../../local/cloudformation/intrinsics.ts";
import { StartError } from "../../../local/support/start-error.ts";

const { resolve, isDeployed } = createResolver(
  {
    Parameters: { Size: { Default: "large" } },
    Mappings: { Ports: { dev: { http: 80 } } },
    Conditions: {
      Always: { "Fn::Equals": [{ Ref: "AWS::Region" }, "us-east-1"] },
      Never: { "Fn::Not": [{ Condition: "Always" }] },
      Both: { "Fn::And": [{ Condition: "Always" }, { Condition: "Never" }] },
      Either: { "Fn::Or": [{ Condition: "Never" }, { Condition: "Always" }] },
    },
    Resources: {
      Users: { Type: "AWS::DynamoDB::Table", Properties: { KeySchema: [] } },
      Named: { Type: "AWS::DynamoDB::Table", Properties: { TableName: { "Fn::Sub": `\${AWS::StackName}-named` } } },
      Login: { Type: "AWS::Lambda::Function" },
      LoginVersion: { Type: "AWS::Lambda::Version", Properties: { FunctionName: { Ref: "Login" } } },
      Ring: { Type: "AWS::SecretsManager::Secret" },
      Api: { Type: "AWS::ApiGateway::RestApi" },
      Role: { Type: "AWS::IAM::Role" },
    },
  },
  { accountId: "123456789012", region: "us-east-1", partition: "aws", urlSuffix: "amazonaws.com", stackName: "stack" },
);

const LOGIN_ARN = "arn:aws:lambda:us-east-1:123456789012:function:stack-Login";

describe("the resolver of a template", () => {
  it.each([
    ["pseudo parameters", { Ref: "AWS::Partition" }, "aws"],
    ["parameters by their default", { Ref: "Size" }, "large"],
    ["a table's generated name", { Ref: "Users" }, "stack-Users"],
    ["a table's given name", { Ref: "Named" }, "stack-named"],
    ["a function's name", { Ref: "Login" }, "stack-Login"],
    ["a function's ARN", { "Fn::GetAtt": ["Login", "Arn"] }, LOGIN_ARN],
    ["an attribute in one text", { "Fn::GetAtt": "Login.Arn" }, LOGIN_ARN],
    ["a version's ARN", { Ref: "LoginVersion" }, `${LOGIN_ARN}:1`],
    ["a secret's ARN", { Ref: "Ring" }, "arn:aws:secretsmanager:us-east-1:123456789012:secret:stack-Ring-Local1"],
    ["an attribute nobody depends on", { "Fn::GetAtt": ["Role", "RoleId"] }, "stack-Role.RoleId"],
    ["Join", { "Fn::Join": ["/", ["a", { Ref: "AWS::Region" }, 1]] }, "a/us-east-1/1"],
    [
      "Sub",
      { "Fn::Sub": `\${Login}:\${Login.Arn}:\${AWS::Region}:\${!literal}` },
      `stack-Login:${LOGIN_ARN}:us-east-1:\${literal}`,
    ],
    ["Sub with variables", { "Fn::Sub": [`\${It}!`, { It: { Ref: "Api" } }] }, "api!"],
    ["Select and Split", { "Fn::Select": [1, { "Fn::Split": [",", "a,b"] }] }, "b"],
    ["FindInMap", { "Fn::FindInMap": ["Ports", "dev", "http"] }, 80],
    ["If", { "Fn::If": ["Always", "yes", "no"] }, "yes"],
    ["If not", { "Fn::If": ["Both", "yes", "no"] }, "no"],
    ["If either", { "Fn::If": ["Either", "yes", "no"] }, "yes"],
    ["NoValue", { a: { Ref: "AWS::NoValue" }, b: [1, { Ref: "AWS::NoValue" }] }, { b: [1] }],
    ["everything inside", { a: [{ b: { Ref: "Users" } }] }, { a: [{ b: "stack-Users" }] }],
  ])("resolves %s", (_, value, expected) => {
    expect(resolve(value)).toEqual(expected);
  });

  it("knows which resources a condition leaves out", () => {
    expect(isDeployed({ Type: "Any", Condition: "Never" })).toBe(false);
    expect(isDeployed({ Type: "Any", Condition: "Always" })).toBe(true);
    expect(isDeployed({ Type: "Any" })).toBe(true);
  });

  it.each([
    ["a function that it does not know", { "Fn::ImportValue": "x" }],
    ["a reference to nothing", { Ref: "Nobody" }],
  ])("rejects %s", (_, value) => {
    expect(() => resolve(value)).toThrow(StartError);
  });
});
