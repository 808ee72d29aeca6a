import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import type { DynamoDbEngine } from "./dynamodb-engine.ts";
import { listen } from "./local-server.ts";
import { type SecretsManager, SecretsManagerError } from "./secrets-manager.ts";

/** DynamoDB operations so far, by the function that asked and the operation's name. */
export type DynamoDbCalls = Record<string, Record<string, number>>;

/** By function: `action on resource` for each kind of call, with names of tables and ids of secrets as the function gave them. */
export type Uses = Record<string, readonly string[]>;

/** The AWS that the functions talk to: counts and forwards what is for DynamoDB, answers what is for Secrets Manager. */
export type AwsEndpoint = {
  /** A function's own endpoint is this plus `/<its name>`. */
  readonly url: string;
  calls(): DynamoDbCalls;
  resetCalls(): void;
  /** The IAM permissions that each function needed for its calls so far. */
  uses(): Uses;
  stop(): Promise<void>;
};

type Target = { readonly service: string; readonly operation: string };

/** @param engine to which DynamoDB operations go */
export const startAwsEndpoint = async (
  engine: Pick<DynamoDbEngine, "response">,
  secretsManager: SecretsManager,
): Promise<AwsEndpoint> => {
  const calls = new Map<string, Map<string, number>>();
  const uses = new Map<string, Set<string>>();

  const server = createServer(async (incoming, outgoing) => {
    try {
      const body = await buffer(incoming);
      const { service, operation } = getTarget(incoming);
      const caller = readCaller(incoming);
      uses.set(caller, (uses.get(caller) ?? new Set()).add(getUse(service, operation, body)));
      if (service === "secretsmanager") answerSecret(operation, body, outgoing);
      else {
        count(caller, operation);
        engine.response(incoming.headers, body, outgoing);
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

  const answerSecret = (operation: string, body: Buffer, outgoing: ServerResponse): void => {
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
    calls: () => Object.fromEntries([...calls].map(([caller, operations]) => [caller, Object.fromEntries(operations)])),
    resetCalls: () => calls.clear(),
    uses: () => Object.fromEntries([...uses].map(([caller, used]) => [caller, [...used].sort()])),
    stop: async () => {
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
    },
  };
};

/** `DynamoDB_20120810.GetItem` or `secretsmanager.GetSecretValue`. */
const getTarget = (incoming: IncomingMessage): Target => {
  const target = incoming.headers["x-amz-target"];
  const [service = "", operation = ""] = (typeof target === "string" ? target : "").split(".");
  return { service, operation };
};

const getUse = (service: string, operation: string, body: Buffer): string => {
  const { TableName, IndexName, SecretId }: Record<string, unknown> = JSON.parse(body.toString() || "{}");
  if (service === "secretsmanager") return `secretsmanager:${operation} on ${SecretId}`;
  return `dynamodb:${operation} on ${TableName}${IndexName === undefined ? "" : `/index/${IndexName}`}`;
};

const readCaller = (incoming: IncomingMessage): string => (incoming.url ?? "/").split("/")[1] || "unknown";
