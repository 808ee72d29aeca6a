import { once } from "node:events";
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { setImmediate } from "node:timers/promises";

/** The faults of one call. `after` means that the engine executed the write before the fault. */
export const FAULTS = [
  "throttled",
  "server error",
  "connection dropped",
  "no response",
  "connection dropped after the write",
  "no response after the write",
  "headers only, after the write",
  "half a body, after the write",
] as const;
export type Fault = (typeof FAULTS)[number];

/** The faults that keep the connection open without data, so that the client needs a deadline. One fault for each part of a response. */
export const STALLS = [
  "no response",
  "no response after the write",
  "headers only, after the write",
  "half a body, after the write",
] as const satisfies readonly Fault[];
const isStall = (fault: Fault | undefined): boolean => STALLS.some((stall) => stall === fault);

export type FaultPlan = {
  /** The call to spoil, counted from the moment the proxy is armed. `every` spoils all calls, `every write` all writes. */
  readonly call: number | "every" | "every write";
  /** The fault, or the fault of each call by its number. */
  readonly fault: Fault | ((call: number) => Fault);
  /** The number of attempts that fail. Later retries of the SDK succeed. `true` spoils all attempts, `false` only the first. */
  readonly retriesFail: boolean | number;
};

/** The operations of DynamoDB and Secrets Manager that write. */
const WRITE = /\.(?:PutItem|UpdateItem|DeleteItem|PutSecretValue|UpdateSecretVersionStage)$/;

export type FaultyProxy = {
  readonly endpoint: string;
  readonly arm: (plan: FaultPlan) => void;
  /** Lets all calls through again. @returns the number of calls and of spoiled attempts since the proxy was armed */
  readonly disarm: () => { readonly calls: number; readonly spoiled: number };
  readonly stop: () => Promise<void>;
};

/** The callbacks of the proxy. */
export type ProxyEvents = {
  /** Called after a client has read all data and waits for more. */
  readonly onStall?: () => void;
  /** Called with the body of each request that was spoiled. */
  readonly onSpoiled?: (body: string) => void;
};

/** Starts an HTTP proxy before DynamoDB that spoils the calls of its plan. */
export const startFaultyProxy = async (
  engine: string,
  { onStall = () => {}, onSpoiled = () => {} }: ProxyEvents = {},
): Promise<FaultyProxy> => {
  let plan: FaultPlan | undefined;
  let spoiled = 0;
  /** The calls by the invocation id of the SDK. Retries have the id of their call. */
  const calls = new Map<string, { readonly number: number; tries: number }>();

  const getFault = (incoming: IncomingMessage): Fault | undefined => {
    if (plan === undefined) return undefined;
    const id = String(incoming.headers["amz-sdk-invocation-id"]);
    const call = calls.get(id) ?? { number: calls.size, tries: 0 };
    calls.set(id, call);
    call.tries += 1;
    const spoiledTries = typeof plan.retriesFail === "number" ? plan.retriesFail : plan.retriesFail ? Infinity : 1;
    const isMeant =
      plan.call === "every" ||
      (plan.call === "every write" ? WRITE.test(String(incoming.headers["x-amz-target"])) : call.number === plan.call);
    if (!isMeant || call.tries > spoiledTries) return undefined;
    spoiled += 1;
    return typeof plan.fault === "function" ? plan.fault(call.number) : plan.fault;
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
    } else if (responded !== undefined && fault === "headers only, after the write") {
      outgoing.writeHead(responded.status, withLength(responded)).flushHeaders();
    } else if (responded !== undefined && fault === "half a body, after the write") {
      outgoing.writeHead(responded.status, withLength(responded));
      outgoing.write(responded.body.subarray(0, responded.body.length / 2));
    }
    // The connection stays open without data.
    if (isStall(fault)) {
      for (let turn = 0; turn < 5; turn++) await setImmediate();
      onStall();
    }
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

/** Announces a body and does not send it. */
const withLength = ({ headers, body }: { readonly headers: IncomingHttpHeaders; readonly body: Buffer }) => {
  const { "transfer-encoding": _, ...others } = headers;
  return { ...others, "content-length": String(body.length) };
};

const response = (outgoing: ServerResponse, status: number, type: string) =>
  outgoing
    .writeHead(status, { "Content-Type": "application/x-amz-json-1.0" })
    .end(JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${type}`, message: "made up" }));
