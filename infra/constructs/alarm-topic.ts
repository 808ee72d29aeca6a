import { Aws } from "aws-cdk-lib";
import { PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Key } from "aws-cdk-lib/aws-kms";
import { type ITopic, Topic } from "aws-cdk-lib/aws-sns";
import { EmailSubscription } from "aws-cdk-lib/aws-sns-subscriptions";
import { Construct } from "constructs";
import type { Retention } from "../retention.ts";

/**
 * An SNS topic that sends alarms to one mailbox. The owner of the mailbox must confirm the subscription once. The topic has an
 * encryption key of its own, because CloudWatch may not use the default key of SNS.
 */
export class AlarmTopic extends Construct {
  readonly topic: ITopic;

  constructor(scope: Construct, id: string, { email, retention }: { email: string; retention: Retention }) {
    super(scope, id);
    const key = new Key(this, "Key", {
      description: "Latchkey: alarms on their way to a mailbox",
      enableKeyRotation: true,
      removalPolicy: retention.logRemovalPolicy,
    });
    key.addToResourcePolicy(
      new PolicyStatement({
        actions: ["kms:Decrypt", "kms:GenerateDataKey"],
        principals: [new ServicePrincipal("cloudwatch.amazonaws.com")],
        resources: ["*"],
      }),
    );
    const topic = new Topic(this, "Topic", { displayName: "Latchkey", masterKey: key, enforceSSL: true });
    // `enforceSSL` sets a topic policy, and so replaces the default policy that lets alarms of the account publish.
    topic.addToResourcePolicy(
      new PolicyStatement({
        actions: ["sns:Publish"],
        principals: [new ServicePrincipal("cloudwatch.amazonaws.com")],
        resources: [topic.topicArn],
        conditions: { StringEquals: { "aws:SourceAccount": Aws.ACCOUNT_ID } },
      }),
    );
    topic.addSubscription(new EmailSubscription(email));
    this.topic = topic;
  }
}
