import { randomUUID } from "node:crypto";
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { listen } from "./local-server.ts";
import { type SecretsManager, SecretsManagerError } from "./secrets-manager.ts";

/** DynamoDB operations so far, by the function that asked and the operation's name. */
export type DynamoDbCalls = Record<string, Record<string, number>>;

/** The AWS that the functions talk to: counts and forwards what is for DynamoDB, answers what is for Secrets Manager. */
export type AwsEndpoint = {
  /** A function's own endpoint is this plus `/<its name>`. */
  readonly url: string;
  calls(): DynamoDbCalls;
  resetCalls(): void;
  stop(): Promise<void>;
};

type Target = { readonly service: string; readonly operation: string };

/** @param dynamoDbUrl the engine to which DynamoDB operations go */
export const startAwsEndpoint = async (dynamoDbUrl: string, secretsManager: SecretsManager): Promise<AwsEndpoint> => {
  const calls = new Map<string, Map<string, number>>();
  const agent = new Agent({ keepAlive: true });

  const server = createServer(async (incoming, outgoing) => {
    try {
      const body = await buffer(incoming);
      const { service, operation } = targetOf(incoming);
      if (service === "secretsmanager") answerSecret(operation, body, outgoing);
      else {
        count(callerOf(incoming), operation);
        forward(incoming, body, outgoing);
      }
    } catch {
      // The function was stopped while it was asking.
      outgoing.destroy();
    }
  });
  const port = await listen(server, 0);

  const count = (caller: string, operation: string): void => {
    const operations = calls.get(caller) ?? new Map<string, number>();
    calls.set(caller, operations.set(operation, (operations.get(operation) ?? 0) + 1));
  };

  const forward = (incoming: IncomingMessage, body: Buffer, outgoing: ServerResponse): void => {
    const { "content-type": contentType, "x-amz-target": target, "x-amz-date": date, authorization } = incoming.headers;
    const headers = { "content-type": contentType, "x-amz-target": target, "x-amz-date": date, authorization };
    const given = Object.entries(headers).filter(([, value]) => value !== undefined);
    const forwarded = request(dynamoDbUrl, {
      agent,
      method: "POST",
      headers: { ...Object.fromEntries(given), "content-length": body.length },
    });
    forwarded.on("response", (answer) => {
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing);
    });
    // The SDK takes a broken connection for a fault of the network, and tries again.
    forwarded.on("error", () => outgoing.destroy());
    forwarded.end(body);
  };

  const answerSecret = (operation: string, body: Buffer, outgoing: ServerResponse): void => {
    const headers = { "content-type": "application/x-amz-json-1.1", "x-amzn-requestid": randomUUID() };
    try {
      const answer = secretsManager(operation, JSON.parse(body.toString() || "{}"));
      outgoing.writeHead(200, headers).end(JSON.stringify(answer));
    } catch (error) {
      if (!(error instanceof SecretsManagerError)) throw error;
      outgoing.writeHead(400, headers).end(JSON.stringify({ __type: error.type, message: error.message }));
    }
  };

  return {
    url: `http://127.0.0.1:${port}`,
    calls: () => Object.fromEntries([...calls].map(([caller, operations]) => [caller, Object.fromEntries(operations)])),
    resetCalls: () => calls.clear(),
    stop: async () => {
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
      agent.destroy();
    },
  };
};

/** `DynamoDB_20120810.GetItem` or `secretsmanager.GetSecretValue`. */
const targetOf = (incoming: IncomingMessage): Target => {
  const target = incoming.headers["x-amz-target"];
  const [service = "", operation = ""] = (typeof target === "string" ? target : "").split(".");
  return { service, operation };
};

const callerOf = (incoming: IncomingMessage): string => (incoming.url ?? "/").split("/")[1] || "unknown";
