import { CustomResource, Duration } from "aws-cdk-lib";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";
import type { Retention } from "../retention.ts";
import { ServiceFunction } from "./service-function.ts";

export type RunOnceProps = {
  readonly target: IFunction;
  /** Bundle of `infra/handlers/run-once.ts`. */
  readonly bundle: string;
  /** Runs the target again in a deployment that changes any of these. */
  readonly again: Readonly<Record<string, string>>;
  readonly retention: Retention;
};

/**
 * Runs a function while the stack is deployed, and fails the deployment if it fails. The CDK's `Trigger` does this too,
 * but with a function that may write to every log group of the account and keeps its own log for ever (I2, I4).
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
