import { Aws, Validations } from "aws-cdk-lib";
import {
  AuthorizationType,
  CfnRestApi,
  EndpointType,
  type IAuthorizer,
  LambdaIntegration,
  LogGroupLogDestination,
  type MethodDeploymentOptions,
  MethodLoggingLevel,
  RestApi,
} from "aws-cdk-lib/aws-apigateway";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { LogGroup } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import type { Route } from "../functions.ts";
import type { Retention } from "../retention.ts";
import { accessLogFormat } from "./access-log.ts";
import { GatewayResponses } from "./gateway-responses.ts";
import { addPreflight } from "./preflight.ts";
import type { ResponseHeaderSettings } from "./response-headers.ts";

/** Requests a second, and at once, that the whole API lets through before it answers 429. */
const THROTTLE = { throttlingRateLimit: 1000, throttlingBurstLimit: 2000 };

export type SessionApiProps = ResponseHeaderSettings & {
  readonly stageName: string;
  /** Requests a second that one route takes of them, by `METHOD /path`; twice as many at once. */
  readonly requestsPerSecond: Readonly<Record<string, number>>;
  readonly retention: Retention;
};

/**
 * The regional REST API: TLS 1.2 or later, access logs, throttling, and an answer of ours to everything the gateway
 * refuses. Routes are added one by one; those with `authorized` stand behind the authorizer.
 *
 * Access logs need a role that API Gateway takes from the account's settings, one for the whole region. A fresh account
 * has none and could not deploy, so the stack sets it, and leaves it behind when it goes: other APIs may have come to
 * rely on it.
 */
export class SessionApi extends Construct {
  /** Where the API answers, without trailing slash. It depends on the API and not on its stage, so functions may hold it. */
  readonly invokeUrl: string;
  /** The host of `invokeUrl`. */
  readonly domainName: string;
  readonly stageArn: string;
  /** As it stands in the ARNs of its routes. */
  readonly id: string;
  /** As CloudWatch calls it. */
  readonly name: string;
  private readonly api: RestApi;
  private readonly headerSettings: ResponseHeaderSettings;

  constructor(scope: Construct, id: string, props: SessionApiProps) {
    super(scope, id);
    this.headerSettings = props;

    const accessLog = new LogGroup(this, "AccessLog", {
      retention: props.retention.logs,
      removalPolicy: props.retention.logRemovalPolicy,
    });
    this.name = `latchkey-${props.stageName}`;
    this.api = new RestApi(this, "Rest", {
      restApiName: this.name,
      description: "Latchkey: login, refresh, logout and sessions",
      endpointTypes: [EndpointType.REGIONAL],
      cloudWatchRole: true,
      deployOptions: {
        stageName: props.stageName,
        accessLogDestination: new LogGroupLogDestination(accessLog),
        accessLogFormat,
        loggingLevel: MethodLoggingLevel.OFF,
        dataTraceEnabled: false,
        ...THROTTLE,
        methodOptions: methodThrottles(props.requestsPerSecond),
      },
    });
    // The stack has its own ApiUrl output.
    this.api.node.tryRemoveChild("Endpoint");
    const resource = this.api.node.defaultChild;
    if (resource instanceof CfnRestApi) {
      resource.securityPolicy = "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09";
      resource.endpointAccessMode = "STRICT";
    }
    this.domainName = `${this.api.restApiId}.execute-api.${Aws.REGION}.${Aws.URL_SUFFIX}`;
    this.invokeUrl = `https://${this.domainName}/${props.stageName}`;
    this.id = this.api.restApiId;
    this.stageArn = this.api.deploymentStage.stageArn;

    new GatewayResponses(this, "GatewayResponses", { api: this.api, settings: props });
    this.acknowledge();
  }

  /**
   * Sends requests for these routes to the function. Every path that serves GET serves HEAD too (RFC 9110 9.1), by the same
   * function and behind the same authorizer: monitors ask that way.
   */
  addRoutes(routes: readonly Route[], handler: IFunction, authorizer: IAuthorizer): void {
    const integration = new LambdaIntegration(handler, { proxy: true, allowTestInvoke: false });
    for (const { method, path, authorized } of routes) {
      const resource = this.api.root.resourceForPath(path);
      const options = authorized ? { authorizer, authorizationType: AuthorizationType.CUSTOM } : {};
      for (const served of method === "GET" ? ["GET", "HEAD"] : [method]) {
        resource.addMethod(served, integration, options);
      }
    }
  }

  /** Lets browsers of the allowed origins ask before they call any of these routes. */
  addPreflights(routes: readonly Route[]): void {
    for (const path of new Set(routes.map((route) => route.path))) {
      const methods = routes.filter((route) => route.path === path).map((route) => route.method);
      addPreflight(this.api.root.resourceForPath(path), methods, this.headerSettings);
    }
  }

  private acknowledge(): void {
    Validations.of(this.api).acknowledge(
      {
        id: "AwsSolutions-APIG2",
        reason: "The functions validate every request against a schema and answer in one shape.",
      },
      { id: "AwsSolutions-APIG3", reason: "A web ACL has a monthly price; the setting `waf` adds one." },
      {
        id: "AwsSolutions-APIG4",
        reason: "Login, refresh, discovery and health are what callers without a session need.",
      },
      { id: "AwsSolutions-COG4", reason: "Latchkey is the user pool: its own authorizer checks the caller." },
      {
        id: "AwsSolutions-APIG6",
        reason:
          "Execution logs go to a group without retention and repeat request data; access logs carry every error.",
      },
      {
        id: "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]",
        reason: "API Gateway demands these permissions of the account-wide role it writes access logs with.",
      },
    );
  }
}

/** As API Gateway names methods: `POST /auth/login` is `/auth/login/POST`. */
const methodThrottles = (
  requestsPerSecond: Readonly<Record<string, number>>,
): Record<string, MethodDeploymentOptions> =>
  Object.fromEntries(
    Object.entries(requestsPerSecond).map(([route, rate]) => {
      const [method, path] = route.split(" ");
      return [`${path}/${method}`, { throttlingRateLimit: rate, throttlingBurstLimit: 2 * rate }];
    }),
  );
