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

/** The requests of all callers together in a second, and the size of a burst. API Gateway responds 429 beyond them. */
const THROTTLE = { throttlingRateLimit: 1000, throttlingBurstLimit: 2000 };

/** The properties of `SessionApi`. */
export type SessionApiProps = ResponseHeaderSettings & {
  readonly stageName: string;
  /** The requests in a second by route (`METHOD /path`), for routes with a lower limit. A burst may be twice as large. */
  readonly requestsPerSecond: Readonly<Record<string, number>>;
  readonly retention: Retention;
};

/**
 * The regional REST API: TLS 1.2 or later, access logs, throttling, and the error shape of the service for the responses that API
 * Gateway makes itself. Routes are added by `addRoutes`.
 *
 * For access logs API Gateway uses a role from the settings of the account, one per region. A new account has none, and the
 * deployment would fail, so the stack sets the role. The role stays when the stack is deleted, because other APIs may use it too.
 */
export class SessionApi extends Construct {
  /** The URL of the API, without trailing slash. It depends on the API and not on its stage, so functions can have it. */
  readonly invokeUrl: string;
  /** The host of `invokeUrl`. */
  readonly domainName: string;
  /** The ARN of the stage. */
  readonly stageArn: string;
  /** The id of the API, which the ARNs of its routes contain. */
  readonly id: string;
  /** The name of the API in the metrics of CloudWatch. */
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
    // The stack has its own output, ApiUrl.
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
   * Sends requests for these routes to the function. A route with `authorized` is behind the authorizer. A path with GET has HEAD too,
   * with the same function and the same authorizer (RFC 9110 9.1), because monitors use HEAD.
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

  /** Adds the responses to preflight requests for these routes. */
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
        reason: "The functions validate every request against a schema and have one error shape.",
      },
      { id: "AwsSolutions-APIG3", reason: "A web ACL has a monthly price; the setting `waf` adds one." },
      {
        id: "AwsSolutions-APIG4",
        reason: "Callers without a session need login, refresh, discovery and health.",
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

/** Converts routes to the names of methods in API Gateway: `POST /auth/login` to `/auth/login/POST`. */
const methodThrottles = (
  requestsPerSecond: Readonly<Record<string, number>>,
): Record<string, MethodDeploymentOptions> =>
  Object.fromEntries(
    Object.entries(requestsPerSecond).map(([route, rate]) => {
      const [method, path] = route.split(" ");
      return [`${path}/${method}`, { throttlingRateLimit: rate, throttlingBurstLimit: 2 * rate }];
    }),
  );
