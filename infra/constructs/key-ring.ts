import { Validations } from "aws-cdk-lib";
import { Secret } from "aws-cdk-lib/aws-secretsmanager";
import type { Construct } from "constructs";
import type { Retention } from "../retention.ts";

/**
 * The secret with the private keys. CloudFormation generates the first value, which has the root secret only. `rotate-keys` adds the
 * signing keys.
 *
 * If any property of `generateSecretString` changes, CloudFormation generates a **new value**. All keys, and with them all passwords
 * and sessions, are then lost. The properties must therefore never change; a test compares them.
 */
export class KeyRing extends Secret {
  constructor(scope: Construct, id: string, retention: Retention) {
    super(scope, id, {
      description: "Latchkey key ring: access and refresh signing keys, root secret. Written by rotate-keys only.",
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
