import { Duration } from "aws-cdk-lib";
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Architecture, Code, Runtime } from "aws-cdk-lib/aws-lambda";
import { NodejsFunction } from "aws-cdk-lib/aws-lambda-nodejs";
import { LogGroup } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import type { EnvironmentVariable } from "../../shared/contract/environment.ts";
import type { Retention } from "../retention.ts";

/** The properties of `ServiceFunction`. */
export type ServiceFunctionProps = {
  /** The folder with `index.mjs`, which exports `handler`. */
  readonly bundle: string;
  readonly description: string;
  /** The IAM statements of the function. The permission to write its own log is added. */
  readonly statements: readonly PolicyStatement[];
  /** The environment variables of the function. */
  readonly environment: Readonly<Partial<Record<EnvironmentVariable, string>>>;
  /** Memory in megabytes. A function with 1769 has a whole CPU. @default 1024 */
  readonly memorySize?: number;
  /** How long one invocation may take. @default 10 seconds */
  readonly timeout?: Duration;
  readonly retention: Retention;
};

/**
 * A Lambda function with its own role and its own log group. The role allows the given statements and this log group only (I2). The
 * managed policy that the CDK attaches by default would allow every log group of the account.
 */
export class ServiceFunction extends NodejsFunction {
  constructor(scope: Construct, id: string, props: ServiceFunctionProps) {
    const parts = new Construct(scope, `${id}Parts`);
    const logGroup = new LogGroup(parts, "Logs", {
      retention: props.retention.logs,
      removalPolicy: props.retention.logRemovalPolicy,
    });
    const writeLogs = new PolicyStatement({
      actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
      resources: [logGroup.logGroupArn],
    });
    const role = new Role(parts, "Role", {
      assumedBy: new ServicePrincipal("lambda.amazonaws.com"),
      inlinePolicies: { Needs: new PolicyDocument({ statements: [writeLogs, ...props.statements] }) },
    });
    super(scope, id, {
      description: `Latchkey: ${props.description}`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      code: Code.fromAsset(props.bundle),
      handler: "index.handler",
      memorySize: props.memorySize ?? 1024,
      timeout: props.timeout ?? Duration.seconds(10),
      environment: { ...props.environment },
      logGroup,
      role,
    });
  }
}
