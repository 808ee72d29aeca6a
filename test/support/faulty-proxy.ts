import { once } from "node:events";
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What can go wrong with one call. `after`: the engine carried it out, and nobody hears of it. */
export const FAULTS = [
  "throttled",
  "server error",
  "connection dropped",
  "no answer",
  "connection dropped after the write",
  "no answer after the write",
] as const;
export type Fault = (typeof FAULTS)[number];

/** The call to spoil, counted from the moment it is armed, and whether the SDK's own retries fare better. */
export type FaultPlan = { readonly call: number | "every write"; readonly fault: Fault; readonly retriesFail: boolean };

/** The operations that change something, of DynamoDB and Secrets Manager. */
const WRITE = /\.(?:PutItem|UpdateItem|DeleteItem|PutSecretValue|UpdateSecretVersionStage)$/;

export type FaultyProxy = {
  readonly endpoint: string;
  readonly arm: (plan: FaultPlan) => void;
  /** Lets everything through again. @returns how many calls came by since it was armed, and how many tries were spoiled */
  readonly disarm: () => { readonly calls: number; readonly spoiled: number };
  readonly stop: () => Promise<void>;
};

/**
 * An HTTP proxy before DynamoDB that spoils the calls it is told to.
 * @param onSpoiled is told the body of each request that was spoiled
 */
export const startFaultyProxy = async (
  engine: string,
  onSpoiled: (body: string) => void = () => {},
): Promise<FaultyProxy> => {
  let plan: FaultPlan | undefined;
  let spoiled = 0;
  /** By the SDK's invocation id, which its retries share. */
  const calls = new Map<string, { readonly number: number; tries: number }>();

  const getFault = (incoming: IncomingMessage): Fault | undefined => {
    if (plan === undefined) return undefined;
    const id = String(incoming.headers["amz-sdk-invocation-id"]);
    const call = calls.get(id) ?? { number: calls.size, tries: 0 };
    calls.set(id, call);
    call.tries += 1;
    const isMeant =
      plan.call === "every write" ? WRITE.test(String(incoming.headers["x-amz-target"])) : call.number === plan.call;
    if (!isMeant || (call.tries > 1 && !plan.retriesFail)) return undefined;
    spoiled += 1;
    return plan.fault;
  };

  const server = createServer(async (incoming, outgoing) => {
    const fault = getFault(incoming);
    const body = await parseBody(incoming);
    if (fault !== undefined) onSpoiled(body.toString());
    const carriedOut = fault === undefined || fault.endsWith("after the write");
    const responded = carriedOut ? await forward(engine, incoming, body) : undefined;

    if (fault === undefined && responded !== undefined) {
      outgoing.writeHead(responded.status, responded.headers).end(responded.body);
    } else if (fault === "throttled") {
      response(outgoing, 400, "ProvisionedThroughputExceededException");
    } else if (fault === "server error") {
      response(outgoing, 500, "InternalServerError");
    } else if (fault?.startsWith("connection dropped")) {
      incoming.socket.destroy();
    }
    // "no answer": the connection stays open, and silent.
  });
  const port = await listen(server);
  return {
    endpoint: `http://127.0.0.1:${port}`,
    arm: (next) => {
      plan = next;
      spoiled = 0;
      calls.clear();
    },
    disarm: () => {
      plan = undefined;
      return { calls: calls.size, spoiled };
    },
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
};

const listen = async (server: Server): Promise<number> => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
};

const parseBody = async (message: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
};

const forward = async (engine: string, incoming: IncomingMessage, body: Buffer) => {
  const outgoing = request(engine, { method: "POST", headers: incoming.headers });
  outgoing.end(body);
  const [response] = (await once(outgoing, "response")) as [IncomingMessage];
  return { status: response.statusCode ?? 500, headers: response.headers, body: await parseBody(response) };
};

const response = (outgoing: ServerResponse, status: number, type: string) =>
  outgoing
    .writeHead(status, { "Content-Type": "application/x-amz-json-1.0" })
    .end(JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${type}`, message: "made up" }));
