import { CustomResource, Duration, RemovalPolicy, Validations } from "aws-cdk-lib";
import { ArnPrincipal, PolicyStatement } from "aws-cdk-lib/aws-iam";
import { BlockPublicAccess, Bucket, BucketEncryption, type IBucket, ObjectOwnership } from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";
import { copyPages, type Pages } from "../pages.ts";
import type { Retention } from "../retention.ts";
import { ServiceFunction } from "./service-function.ts";

/** The properties of `WebHosting`. */
export type WebHostingProps = {
  readonly pages: Pages;
  /** The bundle of `infra/handlers/publish-pages.ts`. The pages are copied into the bundle. */
  readonly bundle: string;
  readonly retention: Retention;
};

/**
 * The private bucket of the pages, and the function that uploads them in every deployment that changes them. The CDN serves the
 * pages from the bucket.
 *
 * The policy of the bucket names the permitted actions, so no role needs a wildcard. `BucketDeployment` of the CDK is not used: the
 * role of its function may do everything with the objects of two buckets and write to every log group of the account (I2, I4).
 *
 * The bucket is deleted with the stack, in `prod` too. The next deployment builds its content again.
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
      reason: "It holds public files that only the CDN can read; its access log would show nothing of interest.",
    });

    // With exactOptionalPropertyTypes the type Bucket of the CDK is not assignable to IBucket.
    this.bucket = bucket as IBucket;

    copyPages(pages, bundle);
    const publisher = new ServiceFunction(this, "Publisher", {
      bundle,
      description: "Uploads the pages to their bucket at deploy time",
      timeout: Duration.minutes(2),
      memorySize: 256,
      environment: {},
      statements: [],
      retention,
    });
    const { roleArn } = publisher.role ?? {};
    if (roleArn === undefined) throw new Error("The function has no role of its own");
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
    // The policy must exist before the first upload, and until the last file is deleted.
    if (bucket.policy !== undefined) published.node.addDependency(bucket.policy);
  }
}
