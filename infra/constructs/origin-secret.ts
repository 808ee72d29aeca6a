import { RemovalPolicy, Validations } from "aws-cdk-lib";
import { Secret } from "aws-cdk-lib/aws-secretsmanager";
import type { Construct } from "constructs";

/** The header in which the CDN proves to the functions that a request came through it (B3). */
export const ORIGIN_SECRET_HEADER = "x-latchkey-origin-secret";

/**
 * What only this stack's CDN and its functions know. Who learns it can make the functions believe a false address of
 * theirs, and so evade limits by address; nothing else rests on it.
 */
export class OriginSecret extends Secret {
  constructor(scope: Construct, id: string) {
    super(scope, id, {
      description: "Latchkey: proves to the functions that a request came through the CDN",
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
      // Made again with the next CDN.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    Validations.of(this).acknowledge({
      id: "AwsSolutions-SMG4",
      reason: "The CDN takes its value when it is deployed; docs/deployment.md says how to replace it.",
    });
  }
}
