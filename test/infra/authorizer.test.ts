import { App, Duration, Stack } from "aws-cdk-lib";
import { Match, type Template } from "aws-cdk-lib/assertions";
import { MockIntegration, RestApi } from "aws-cdk-lib/aws-apigateway";
import { describe, expect, it } from "vitest";
import { LatchkeyAuthorizer, type LatchkeyAuthorizerProps } from "../../infra/constructs/authorizer.ts";
import { getTemplate } from "./synthesize.ts";

const FUNCTION_ARN = "arn:aws:lambda:eu-central-1:123456789012:function:latchkey-authorizer";

/** The template of an API owner's stack behind the authorizer. */
const apiWith = (props: Omit<LatchkeyAuthorizerProps, "functionArn">): Template => {
  const stack = new Stack(new App(), "Orders");
  const authorizer = new LatchkeyAuthorizer(stack, "Latchkey", { functionArn: FUNCTION_ARN, ...props });
  new RestApi(stack, "Api").root.addMethod("GET", new MockIntegration(), { authorizer });
  return getTemplate(stack);
};

describe("an API owner's authorizer", () => {
  it("caches nothing and requires no header by default, so callers with cookies only reach it (A4)", () => {
    const template = apiWith({ revocationMode: "lookup" });
    template.hasResourceProperties("AWS::ApiGateway::Authorizer", {
      Type: "REQUEST",
      AuthorizerResultTtlInSeconds: 0,
      IdentitySource: "",
      AuthorizerUri: `arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/${FUNCTION_ARN}/invocations`,
    });
    template.hasResourceProperties("AWS::ApiGateway::Method", { AuthorizationType: "CUSTOM" });
  });

  it("lets API Gateway invoke the function for this API only", () => {
    apiWith({ revocationMode: "stateless" }).hasResourceProperties("AWS::Lambda::Permission", {
      Action: "lambda:InvokeFunction",
      FunctionName: FUNCTION_ARN,
      Principal: "apigateway.amazonaws.com",
      SourceArn: Match.objectLike({ "Fn::Join": ["", Match.arrayWith(["/authorizers/"])] }),
    });
  });

  it.each([["stateless"], ["feed"]] as const)(
    "may cache bearer callers of %s for 5 s, by the whole header (A3, A4)",
    (mode) => {
      const template = apiWith({ revocationMode: mode, cookies: false, resultsCacheTtl: Duration.seconds(5) });
      template.hasResourceProperties("AWS::ApiGateway::Authorizer", {
        AuthorizerResultTtlInSeconds: 5,
        IdentitySource: "method.request.header.Authorization",
      });
    },
  );

  it.each([
    ["stateless", 6],
    ["feed", 300],
    ["lookup", 1],
  ] as const)("rejects caching %s for %i s, longer than its promise (A3)", (revocationMode, seconds) => {
    const props = { revocationMode, cookies: false, resultsCacheTtl: Duration.seconds(seconds) };
    expect(() => apiWith(props)).toThrow(`resultsCacheTtl is ${seconds} s, but ${revocationMode} promises`);
  });

  it.each([{}, { cookies: true }])("rejects caching while cookies are accepted: %j (A4)", (cookies) => {
    const props = { revocationMode: "stateless" as const, resultsCacheTtl: Duration.seconds(1), ...cookies };
    expect(() => apiWith(props)).toThrow("results cannot be cached while sessions in cookies are accepted");
  });
});
