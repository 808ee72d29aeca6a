import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect, it, onTestFinished } from "vitest";
import { customResource, putToCloudFormation } from "../../infra/handlers/custom-resource.ts";
import { customResourceRequest } from "./custom-resource-request.ts";

/** The server behind the URL that CloudFormation signed, and the bodies that it received. */
const aResponseUrl = async (respond: (outgoing: ServerResponse, attempt: number) => void) => {
  const puts: string[] = [];
  const server = createServer(async (incoming, outgoing) => {
    puts.push(await text(incoming));
    respond(outgoing, puts.length);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, puts };
};

const request = {
  ...customResourceRequest,
  RequestType: "Create" as const,
  ResourceProperties: {},
};

describe("a custom resource", () => {
  it.each<[string, (outgoing: ServerResponse) => unknown]>([
    ["no response", () => {}],
    ["headers only", (outgoing) => outgoing.writeHead(200, { "content-length": "9" }).flushHeaders()],
    ["half a body", (outgoing) => outgoing.writeHead(200, { "content-length": "9" }).write("half")],
    ["a 503", (outgoing) => outgoing.writeHead(503).end()],
  ])("tells CloudFormation again after %s (A7)", async (_, first) => {
    const { url, puts } = await aResponseUrl((outgoing, attempt) => (attempt === 1 ? first(outgoing) : outgoing.end()));
    await putToCloudFormation(url, "outcome", 2000);
    expect(puts).toEqual(["outcome", "outcome"]);
  });

  it("fails after three attempts without a response (A7)", async () => {
    const { url, puts } = await aResponseUrl(() => {});
    await expect(putToCloudFormation(url, "outcome", 100)).rejects.toThrow("deadline");
    expect(puts.length).toBeLessThanOrEqual(3);
  });

  it("fails the deployment in time if its work stalls, so that CloudFormation does not wait (A7)", async () => {
    const outcomes: unknown[] = [];
    const handler = customResource({
      physicalId: "id",
      work: () => new Promise(() => {}),
      respond: async (_, body) => void outcomes.push(JSON.parse(body)),
    });
    await handler(request, { getRemainingTimeInMillis: () => 32_050 });
    expect(outcomes).toMatchObject([{ Status: "FAILED", Reason: "TimeoutError: The deadline has passed" }]);
  });
});
