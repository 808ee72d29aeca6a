import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect, it, onTestFinished } from "vitest";
import { createPublishPages, type PagesBucket, s3Bucket } from "../../infra/handlers/publish-pages.ts";
import { customResourceRequest } from "./custom-resource-request.ts";

const PAGE = { key: "index.html", contentType: "text/html; charset=utf-8", cacheControl: "no-cache" };
const SCRIPT = { key: "assets/app-2.js", contentType: "text/javascript; charset=utf-8", cacheControl: "immutable" };

const request = { ...customResourceRequest, ResourceProperties: { BucketName: "bucket" } };

/** A deployment to a bucket with the files of an earlier deployment. */
const aDeployment = (failure?: Error) => {
  const objects = new Map([["assets/app-1.js", "old"]]);
  const puts: string[] = [];
  const bucket: PagesBucket = {
    put: async ({ key }, content) => {
      if (failure !== undefined) throw failure;
      puts.push(key);
      objects.set(key, Buffer.from(content).toString());
    },
    // One key in each list, so that the handler must list more than once.
    list: async () => [...objects.keys()].slice(0, 1),
    remove: async (keys) => {
      for (const key of keys) objects.delete(key);
    },
  };
  const responses: unknown[] = [];
  const publish = createPublishPages({
    files: [PAGE, SCRIPT],
    read: ({ key }) => Buffer.from(`content of ${key}`),
    bucketNamed: (name) => {
      expect(name).toBe("bucket");
      return bucket;
    },
    respond: async (_, body) => {
      responses.push(JSON.parse(body));
    },
  });
  return { publish, objects, puts, responses };
};

describe("the resource that publishes the pages", () => {
  it.each(["Create", "Update"] as const)("on %s uploads a page after the files that it names", async (RequestType) => {
    const { publish, puts, objects, responses } = aDeployment();
    await publish({ ...request, RequestType });
    expect(puts).toEqual(["assets/app-2.js", "index.html"]);
    expect(objects.get("index.html")).toBe("content of index.html");
    expect(responses).toMatchObject([{ Status: "SUCCESS", PhysicalResourceId: "pages" }]);
  });

  it("keeps the files of the previous page, which browsers may still request", async () => {
    const { publish, objects } = aDeployment();
    await publish({ ...request, RequestType: "Update", PhysicalResourceId: "pages" });
    expect([...objects.keys()]).toContain("assets/app-1.js");
  });

  it("empties the bucket before CloudFormation deletes it", async () => {
    const { publish, objects, responses } = aDeployment();
    await publish({ ...request, RequestType: "Create" });
    await publish({ ...request, RequestType: "Delete", PhysicalResourceId: "pages" });
    expect([...objects]).toEqual([]);
    expect(responses).toMatchObject([{ Status: "SUCCESS" }, { Status: "SUCCESS" }]);
  });

  it("fails the deployment if a file cannot be uploaded", async () => {
    const { publish, responses } = aDeployment(new Error("AccessDenied"));
    await publish({ ...request, RequestType: "Create" });
    expect(responses).toMatchObject([{ Status: "FAILED", Reason: "AccessDenied" }]);
  });
});

/** A server that responds as S3 does and records the requests. */
const createRespondingBucket = async (body: string) => {
  const asked: { method: string; url: string; body: string; type?: string; cacheControl?: string }[] = [];
  const server = createServer(async (incoming, outgoing) => {
    const { method = "", url = "", headers } = incoming;
    asked.push({
      method,
      url,
      body: await text(incoming),
      ...(headers["content-type"] && { type: headers["content-type"] }),
      ...(headers["cache-control"] && { cacheControl: headers["cache-control"] }),
    });
    outgoing.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const bucket = s3Bucket("bucket", {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    forcePathStyle: true,
    region: "eu-central-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
  return { bucket, asked };
};

describe("a bucket of S3", () => {
  it("receives each file with its media type and its cache time", async () => {
    const { bucket, asked } = await createRespondingBucket("");
    await bucket.put(SCRIPT, Buffer.from("script"));
    expect(asked).toMatchObject([
      { method: "PUT", type: "text/javascript; charset=utf-8", cacheControl: "immutable", body: "script" },
    ]);
    expect(asked[0]?.url).toMatch(/^\/bucket\/assets\/app-2\.js(\?|$)/);
  });

  it("lists its keys", async () => {
    const list = (keys: string[]) =>
      `<ListBucketResult>${keys.map((key) => `<Contents><Key>${key}</Key></Contents>`).join("")}</ListBucketResult>`;
    const { bucket } = await createRespondingBucket(list(["index.html", "assets/app-1.js"]));
    expect(await bucket.list()).toEqual(["index.html", "assets/app-1.js"]);
    const { bucket: empty } = await createRespondingBucket(list([]));
    expect(await empty.list()).toEqual([]);
  });

  it("deletes objects, and throws with the key that it could not delete, or the loop would never end", async () => {
    const { bucket, asked } = await createRespondingBucket("<DeleteResult></DeleteResult>");
    await bucket.remove(["index.html"]);
    expect(asked).toMatchObject([{ method: "POST", body: expect.stringContaining("<Key>index.html</Key>") }]);
    const error = "<Error><Key>index.html</Key><Code>AccessDenied</Code></Error>";
    const { bucket: closed } = await createRespondingBucket(`<DeleteResult>${error}</DeleteResult>`);
    await expect(closed.remove(["index.html"])).rejects.toThrow("index.html from bucket: AccessDenied");
  });
});
