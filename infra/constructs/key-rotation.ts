import { Duration } from "aws-cdk-lib";
import { Rule, Schedule } from "aws-cdk-lib/aws-events";
import { LambdaFunction } from "aws-cdk-lib/aws-events-targets";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";
import { RunOnce, type RunOnceProps } from "./run-once.ts";

export type KeyRotationProps = Omit<RunOnceProps, "target"> & { readonly rotateKeys: IFunction };

/** Runs rotate-keys every hour, and once at deploy time: a stack that came up has keys to sign with. */
export class KeyRotation extends Construct {
  constructor(scope: Construct, id: string, { rotateKeys, ...runOnce }: KeyRotationProps) {
    super(scope, id);
    new Rule(this, "Schedule", {
      description: "Latchkey: looks every hour whether a key is due",
      schedule: Schedule.rate(Duration.hours(1)),
      // A failed run is made good by the next.
      targets: [new LambdaFunction(rotateKeys, { retryAttempts: 2, maxEventAge: Duration.minutes(30) })],
    });
    new RunOnce(this, "AtDeploy", { target: rotateKeys, ...runOnce });
  }
}
