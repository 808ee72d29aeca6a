import { RemovalPolicy, Validations } from "aws-cdk-lib";
import { Secret } from "aws-cdk-lib/aws-secretsmanager";
import type { Construct } from "constructs";

/**
 * The secret that only the CDN of the stack and its functions know. Somebody who learns the secret can send a false address to the
 * functions, and so evade the limits by address. Nothing else depends on the secret (B3).
 */
export class OriginSecret extends Secret {
  constructor(scope: Construct, id: string) {
    super(scope, id, {
      description: "Latchkey: proves to the functions that a request came through the CDN",
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
      // The next CDN gets a new secret.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    Validations.of(this).acknowledge({
      id: "AwsSolutions-SMG4",
      reason: "The CDN takes its value when it is deployed; docs/deployment.md says how to replace it.",
    });
  }
}
