import { Validations } from "aws-cdk-lib";
import { Secret } from "aws-cdk-lib/aws-secretsmanager";
import type { Construct } from "constructs";
import type { Retention } from "../retention.ts";

/**
 * The secret that holds the private keys. It is born with the password pepper alone; `rotate-keys` adds the signing keys.
 *
 * CloudFormation makes a **new value**, and so destroys every key, password and session, when any property of
 * `generateSecretString` changes. They are frozen; a test holds them.
 */
export class KeyRing extends Secret {
  constructor(scope: Construct, id: string, retention: Retention) {
    super(scope, id, {
      description: "Latchkey key ring: access and refresh signing keys, password pepper. Written by rotate-keys only.",
      generateSecretString: {
        secretStringTemplate: "{}",
        generateStringKey: "rootSecret",
        passwordLength: 64,
        excludePunctuation: true,
      },
      removalPolicy: retention.removalPolicy,
    });
    Validations.of(this).acknowledge({
      id: "AwsSolutions-SMG4",
      reason:
        "The rotate-keys function rotates it every hour; Secrets Manager's own schedule cannot publish before signing.",
    });
  }
}
