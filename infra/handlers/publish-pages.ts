import { readFileSync } from "node:fs";
import {
  DeleteObjectsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  type S3ClientConfig,
} from "@aws-sdk/client-s3";
import { boundedAttempts, boundedCalls, type CallLimits } from "../../shared/aws/call-limits.ts";
import type { PageFile } from "../pages.ts";
import { type CloudFormationRequest, type CustomResourceOptions, customResource } from "./custom-resource.ts";

type PublishPagesProperties = { readonly BucketName: string };

/** The bucket of the pages. */
export type PagesBucket = {
  /** Writes one object with its content type and cache control. */
  put(file: PageFile, content: Uint8Array): Promise<void>;
  /** Returns up to a thousand keys, or no key if the bucket is empty. */
  list(): Promise<readonly string[]>;
  /** Deletes up to a thousand objects. @throws Error that names the first object that was not deleted */
  remove(keys: readonly string[]): Promise<void>;
};

/** The dependencies of `createPublishPages`. */
export type PublishPagesDependencies = Pick<CustomResourceOptions<PublishPagesProperties>, "respond"> & {
  readonly files: readonly PageFile[];
  readonly read: (file: PageFile) => Uint8Array;
  readonly bucketNamed: (name: string) => PagesBucket;
};

/**
 * Creates the handler of the custom resource that uploads the pages to their bucket.
 *
 * An update deletes no file, so a browser that has just loaded the previous page still finds its script. The deletion of the resource
 * deletes every file, because only an empty bucket can be deleted.
 */
export const createPublishPages = ({ files, read, bucketNamed, ...options }: PublishPagesDependencies) =>
  customResource<PublishPagesProperties>({
    ...options,
    physicalId: "pages",
    work: async ({ RequestType, ResourceProperties }) => {
      const bucket = bucketNamed(ResourceProperties.BucketName);
      if (RequestType === "Delete") return empty(bucket);
      // Pages are uploaded after the assets that they name.
      const [pages, assets] = [files.filter(isPage), files.filter((file) => !isPage(file))];
      await Promise.all(assets.map((file) => bucket.put(file, read(file))));
      for (const page of pages) await bucket.put(page, read(page));
    },
  });

const isPage = ({ key }: PageFile): boolean => key.endsWith(".html");

const empty = async (bucket: PagesBucket): Promise<void> => {
  for (let keys = await bucket.list(); keys.length > 0; keys = await bucket.list()) await bucket.remove(keys);
};

const S3_LIMITS: CallLimits = { attemptMs: 10_000, callMs: 30_000, maxAttempts: 3 };

/** Creates the access to a bucket of S3, with a deadline for every attempt and every call. */
export const s3Bucket = (name: string, config: S3ClientConfig = {}, limits = S3_LIMITS): PagesBucket => {
  const s3 = boundedCalls(new S3Client({ ...boundedAttempts(limits), ...config }), limits);
  return {
    put: async ({ key, contentType, cacheControl }, content) => {
      const object = { Key: key, Body: content, ContentType: contentType, CacheControl: cacheControl };
      await s3.send(new PutObjectCommand({ Bucket: name, ...object }));
    },
    list: async () => {
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: name }));
      return Contents.flatMap(({ Key }) => Key ?? []);
    },
    remove: async (keys) => {
      const Objects = keys.map((Key) => ({ Key }));
      const { Errors: [error] = [] } = await s3.send(new DeleteObjectsCommand({ Bucket: name, Delete: { Objects } }));
      if (error !== undefined) throw new Error(`Could not delete ${error.Key} from ${name}: ${error.Code}`);
    },
  };
};

/** The URL of a file beside this bundle. `copyPages` writes the files when the stack is synthesized. */
const beside = (name: string): URL => new URL(name, import.meta.url);

/** The handler of the Lambda function. Reads the pages from its own bundle. */
export const handler = (request: CloudFormationRequest<PublishPagesProperties>, context: object): Promise<void> =>
  createPublishPages({
    files: JSON.parse(readFileSync(beside("pages.json"), "utf8")),
    read: ({ key }) => readFileSync(beside(`pages/${key}`)),
    bucketNamed: (name) => s3Bucket(name),
  })(request, context);
