import { Agent, request } from "node:http";
import { pipeline } from "node:stream";
import type { DynamoDbEngine } from "./engine.ts";

/** Creates an engine that forwards requests to a DynamoDB in another process. */
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
        outgoing.flushHeaders();
        // If the response ends early, the pipeline destroys the outgoing connection. The SDK then takes the response as a network
        // fault and tries again. If the function gives up, the pipeline ends the request to the engine.
        pipeline(response, outgoing, () => {});
      });
      forwarded.on("error", () => outgoing.destroy());
      outgoing.once("close", () => {
        if (!outgoing.writableFinished) forwarded.destroy();
      });
      forwarded.end(body);
    },
    stop: async () => agent.destroy(),
  };
};
