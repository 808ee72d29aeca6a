import { randomUUID } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { listen } from "../support/local-server.ts";
import type { Invocation } from "./execution-environment.ts";
import type { LambdaFunction } from "./functions.ts";

/** Lambda's Invoke API for the functions of this service. A command of the operator uses the API. */
export type LambdaApi = { stop(): Promise<void> };

type LambdaApiOptions = {
  readonly functions: ReadonlyMap<string, LambdaFunction>;
  readonly invoke: (functionName: string, event: unknown) => Promise<Invocation>;
  /** The folder for `running.json`, which names the endpoint. */
  readonly dataDirectory: string;
};

/**
 * Serves `POST /2015-03-31/functions/{name}/invocations` below a random path. `running.json` names the path, and only the user of
 * this process can read the file. A page in a browser on this machine can send requests to any port, but cannot read the file.
 */
export const startLambdaApi = async ({ functions, invoke, dataDirectory }: LambdaApiOptions): Promise<LambdaApi> => {
  const prefix = `/${randomUUID()}`;
  const server = createServer((incoming, outgoing) => {
    respond(incoming, outgoing).catch(() => outgoing.destroy());
  });

  const respond = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const [path = ""] = (incoming.url ?? "").split("?");
    const [, name = ""] = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/.exec(path.slice(prefix.length)) ?? [];
    const functionName = decodeURIComponent(name);
    if (incoming.method !== "POST" || !path.startsWith(prefix) || !functions.has(functionName)) {
      outgoing.writeHead(404, { "Content-Type": "application/json", "X-Amzn-ErrorType": "ResourceNotFoundException" });
      outgoing.end(JSON.stringify({ Type: "User", Message: `Function not found: ${functionName}` }));
      return;
    }
    const invocation = await invoke(functionName, JSON.parse((await text(incoming)) || "{}"));
    const headers = { "Content-Type": "application/json", "X-Amz-Executed-Version": "$LATEST" };
    if (invocation.ok) outgoing.writeHead(200, headers).end(invocation.payload);
    else {
      outgoing.writeHead(200, { ...headers, "X-Amz-Function-Error": "Unhandled" });
      outgoing.end(JSON.stringify(invocation.error));
    }
  };

  const port = await listen(server, 0);
  const file = join(dataDirectory, "running.json");
  const names = Object.fromEntries([...functions.values()].map(({ name, functionName }) => [name, functionName]));
  const description = { lambdaEndpoint: `http://127.0.0.1:${port}${prefix}`, functions: names };
  rmSync(file, { force: true });
  writeFileSync(file, JSON.stringify(description, undefined, 2), { mode: 0o600 });

  return {
    stop: async () => {
      rmSync(file, { force: true });
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
    },
  };
};
