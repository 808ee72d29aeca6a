import { CustomResource, Duration, RemovalPolicy, Validations } from "aws-cdk-lib";
import { ArnPrincipal, PolicyStatement } from "aws-cdk-lib/aws-iam";
import { BlockPublicAccess, Bucket, BucketEncryption, type IBucket, ObjectOwnership } from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";
import { copyPages, type Pages } from "../pages.ts";
import type { Retention } from "../retention.ts";
import { ServiceFunction } from "./service-function.ts";

export type WebHostingProps = {
  readonly pages: Pages;
  /** Bundle of `infra/handlers/publish-pages.ts`; the pages are put into it. */
  readonly bundle: string;
  readonly retention: Retention;
};

/**
 * The private bucket that the CDN serves the pages from, and what fills it in every deployment that changes them.
 *
 * `BucketDeployment` of the CDK does this too, with a function in Python whose role may do anything to the objects of two
 * buckets and write to every log group of the account (I2, I4). Here the bucket's own policy says who may do what in it, so
 * no role needs a wildcard. The bucket goes with the stack, in prod too: it holds nothing that is not built again.
 */
export class WebHosting extends Construct {
  readonly bucket: IBucket;

  constructor(scope: Construct, id: string, { pages, bundle, retention }: WebHostingProps) {
    super(scope, id);
    const bucket = new Bucket(this, "Bucket", {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    Validations.of(bucket).acknowledge({
      id: "AwsSolutions-S1",
      reason: "It holds public files that only the CDN can read; there is nothing in its access log to find.",
    });

    // Only by exactOptionalPropertyTypes is the CDK's own Bucket no IBucket.
    this.bucket = bucket as IBucket;

    copyPages(pages, bundle);
    const publisher = new ServiceFunction(this, "Publisher", {
      bundle,
      description: "Puts the pages into their bucket at deploy time",
      timeout: Duration.minutes(2),
      memorySize: 256,
      environment: {},
      statements: [],
      retention,
    });
    const { roleArn } = publisher.role ?? {};
    if (roleArn === undefined) throw new Error("A function of the service has a role of its own");
    const principals = [new ArnPrincipal(roleArn)];
    bucket.addToResourcePolicy(
      new PolicyStatement({
        principals,
        actions: ["s3:DeleteObject", "s3:PutObject"],
        resources: [bucket.arnForObjects("*")],
      }),
    );
    bucket.addToResourcePolicy(
      new PolicyStatement({ principals, actions: ["s3:ListBucket"], resources: [bucket.bucketArn] }),
    );

    const published = new CustomResource(this, "Pages", {
      resourceType: "Custom::Pages",
      serviceToken: publisher.functionArn,
      serviceTimeout: Duration.minutes(3),
      properties: { BucketName: bucket.bucketName, Digest: pages.digest },
    });
    // The policy is there before the first file comes, and until the last one is gone.
    if (bucket.policy !== undefined) published.node.addDependency(bucket.policy);
  }
}
