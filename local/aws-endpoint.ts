import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { createCallCounter, type DynamoDbCalls } from "./dynamodb/call-counter.ts";
import type { DynamoDbEngine } from "./dynamodb/engine.ts";
import { type SecretsManager, SecretsManagerError } from "./secrets-manager/secrets-manager.ts";
import { listen } from "./support/local-server.ts";
import { createPermissionLog, type UsedPermissions } from "./support/permission-log.ts";

/** The endpoint that the functions use instead of AWS. Counts and forwards DynamoDB operations, and runs Secrets Manager. */
export type AwsEndpoint = {
  /** The endpoint of a function is this URL, a slash and the short name of the function. */
  readonly url: string;
  /** The DynamoDB operations since the start, or since the last reset. */
  calls(): DynamoDbCalls;
  resetCalls(): void;
  /** The IAM permissions that each function needed for its calls so far. */
  uses(): UsedPermissions;
  stop(): Promise<void>;
};

type Target = { readonly service: string; readonly operation: string };

/**
 * Starts the endpoint on a free port of 127.0.0.1.
 * @param engine receives the DynamoDB operations
 */
export const startAwsEndpoint = async (
  engine: Pick<DynamoDbEngine, "respond">,
  secretsManager: SecretsManager,
): Promise<AwsEndpoint> => {
  const counter = createCallCounter();
  const permissions = createPermissionLog();

  const server = createServer(async (incoming, outgoing) => {
    try {
      const body = await buffer(incoming);
      const { service, operation } = readTarget(incoming);
      const caller = readCaller(incoming);
      permissions.record(caller, service, operation, body.toString());
      if (service === "secretsmanager") respondAsSecretsManager(operation, body, outgoing);
      else {
        counter.count(caller, operation);
        engine.respond(incoming.headers, body, outgoing);
      }
    } catch {
      // The function was stopped during its request.
      outgoing.destroy();
    }
  });
  const port = await listen(server, 0);

  const respondAsSecretsManager = (operation: string, body: Buffer, outgoing: ServerResponse): void => {
    const headers = { "content-type": "application/x-amz-json-1.1", "x-amzn-requestid": randomUUID() };
    try {
      const response = secretsManager(operation, JSON.parse(body.toString() || "{}"));
      outgoing.writeHead(200, headers).end(JSON.stringify(response));
    } catch (error) {
      if (!(error instanceof SecretsManagerError)) throw error;
      outgoing.writeHead(400, headers).end(JSON.stringify({ __type: error.type, message: error.message }));
    }
  };

  return {
    url: `http://127.0.0.1:${port}`,
    calls: counter.calls,
    resetCalls: counter.reset,
    uses: permissions.uses,
    stop: async () => {
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
    },
  };
};

/** Reads the header `X-Amz-Target`, such as `DynamoDB_20120810.GetItem` or `secretsmanager.GetSecretValue`. */
const readTarget = (incoming: IncomingMessage): Target => {
  const target = incoming.headers["x-amz-target"];
  const [service = "", operation = ""] = (typeof target === "string" ? target : "").split(".");
  return { service, operation };
};

const readCaller = (incoming: IncomingMessage): string => (incoming.url ?? "/").split("/")[1] || "unknown";
