import { CustomResource, Duration } from "aws-cdk-lib";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";
import type { Retention } from "../retention.ts";
import { ServiceFunction } from "./service-function.ts";

/** The properties of `RunOnce`. */
export type RunOnceProps = {
  /** The function to run. */
  readonly target: IFunction;
  /** The bundle of `infra/handlers/run-once.ts`. */
  readonly bundle: string;
  /** A deployment that changes any of these values runs the target again. */
  readonly again: Readonly<Record<string, string>>;
  readonly retention: Retention;
};

/**
 * Runs a function while the stack is deployed. If the function fails, the deployment fails.
 *
 * `Trigger` of the CDK is not used: its function may write to every log group of the account, and keeps its own log for ever (I2, I4).
 */
export class RunOnce extends Construct {
  constructor(scope: Construct, id: string, props: RunOnceProps) {
    super(scope, id);
    const provider = new ServiceFunction(this, "Provider", {
      bundle: props.bundle,
      description: "Runs a function once at deploy time",
      timeout: Duration.minutes(2),
      memorySize: 256,
      environment: {},
      statements: [new PolicyStatement({ actions: ["lambda:InvokeFunction"], resources: [props.target.functionArn] })],
      retention: props.retention,
    });
    new CustomResource(this, "Run", {
      resourceType: "Custom::RunOnce",
      serviceToken: provider.functionArn,
      serviceTimeout: Duration.minutes(3),
      properties: { FunctionArn: props.target.functionArn, ...props.again },
    });
  }
}
