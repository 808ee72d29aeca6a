import { Agent, request } from "node:http";
import type { DynamoDbEngine } from "./engine.ts";

/** A DynamoDB in another process, to which requests are forwarded. */
export const createRemoteEngine = (url: string): DynamoDbEngine => {
  const agent = new Agent({ keepAlive: true });
  return {
    url,
    respond: (headers, body, outgoing) => {
      const { "content-type": contentType, "x-amz-target": target, "x-amz-date": date, authorization } = headers;
      const forwardedHeaders = {
        "content-type": contentType,
        "x-amz-target": target,
        "x-amz-date": date,
        authorization,
      };
      const given = Object.entries(forwardedHeaders).filter(([, value]) => value !== undefined);
      const forwarded = request(url, {
        agent,
        method: "POST",
        headers: { ...Object.fromEntries(given), "content-length": body.length },
      });
      forwarded.on("response", (response) => {
        outgoing.writeHead(response.statusCode ?? 500, response.headers);
        response.pipe(outgoing);
      });
      // The SDK takes a broken connection for a fault of the network, and tries again.
      forwarded.on("error", () => outgoing.destroy());
      forwarded.end(body);
    },
    stop: async () => agent.destroy(),
  };
};
