import { Duration } from "aws-cdk-lib";
import { Rule, Schedule } from "aws-cdk-lib/aws-events";
import { LambdaFunction } from "aws-cdk-lib/aws-events-targets";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";
import { RunOnce, type RunOnceProps } from "./run-once.ts";

/** The properties of `KeyRotation`. */
export type KeyRotationProps = Omit<RunOnceProps, "target"> & { readonly rotateKeys: IFunction };

/** Runs rotate-keys every hour, and once in each deployment, so that a new stack has keys. */
export class KeyRotation extends Construct {
  constructor(scope: Construct, id: string, { rotateKeys, ...runOnce }: KeyRotationProps) {
    super(scope, id);
    new Rule(this, "Schedule", {
      description: "Latchkey: checks every hour whether a key is due",
      schedule: Schedule.rate(Duration.hours(1)),
      // If a run fails, the next run does its work.
      targets: [new LambdaFunction(rotateKeys, { retryAttempts: 2, maxEventAge: Duration.minutes(30) })],
    });
    new RunOnce(this, "AtDeploy", { target: rotateKeys, ...runOnce });
  }
}
