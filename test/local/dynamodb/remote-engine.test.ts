import { EventEmitter, once } from "node:events";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { connect } from "node:net";
import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { describe, expect, it } from "vitest";
import { createRemoteEngine } from "../../../local/dynamodb/remote-engine.ts";
import { listen } from "../../../local/support/local-server.ts";
import { atEnd } from "../support/clean-up.ts";

const BODY = JSON.stringify({ Item: { pk: { S: "row" }, text: { S: "x".repeat(1000) } } });
const HEADERS = { "Content-Type": "application/x-amz-json-1.0" };
type Handler = (incoming: IncomingMessage, outgoing: ServerResponse) => void;

const aServer = async (handler: Handler): Promise<string> => {
  const server = createServer(handler);
  const port = await listen(server, 0);
  atEnd(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${port}`;
};

/** An endpoint in front of an engine that responds as the handler does. */
const anEndpoint = async (handler: Handler): Promise<string> => {
  const engine = createRemoteEngine(await aServer(handler));
  atEnd(engine.stop);
  return aServer((incoming, outgoing) => engine.respond(incoming.headers, Buffer.from("{}"), outgoing));
};

const aClient = (endpoint: string, maxAttempts: number): DynamoDBClient => {
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const client = new DynamoDBClient({ endpoint, region: "us-east-1", credentials, maxAttempts });
  atEnd(() => client.destroy());
  return client;
};
const readRow = new GetItemCommand({ TableName: "Users", Key: { pk: { S: "row" } } });

/** The part of the response that a client received, and whether the response was complete. */
const receive = (
  url: string,
): Promise<{ readonly status: number | undefined; readonly complete: boolean; readonly text: string }> =>
  new Promise((resolve) => {
    const sent = request(url, { method: "POST", agent: false }, (response) => {
      let text = "";
      response.on("data", (chunk) => {
        text += String(chunk);
      });
      response.on("error", () => {});
      response.on("close", () => resolve({ status: response.statusCode, complete: response.complete, text }));
    });
    sent.on("error", () => resolve({ status: undefined, complete: false, text: "" }));
    sent.end();
  });

/** Ways to end a response early. */
const earlyEnds: readonly (readonly [string, Handler])[] = [
  ["before the headers", (_, outgoing) => outgoing.destroy()],
  [
    "after the headers, with a length",
    (_, outgoing) => {
      outgoing.writeHead(200, { ...HEADERS, "Content-Length": BODY.length });
      outgoing.flushHeaders();
      setImmediate(() => outgoing.destroy());
    },
  ],
  [
    "within the body, with a length",
    (_, outgoing) => {
      outgoing.writeHead(200, { ...HEADERS, "Content-Length": BODY.length });
      outgoing.write(BODY.slice(0, 500), () => outgoing.destroy());
    },
  ],
  [
    "within the body, in chunks",
    (_, outgoing) => {
      outgoing.writeHead(200, HEADERS);
      outgoing.write(BODY.slice(0, 500), () => outgoing.destroy());
    },
  ],
];

describe("a response of the remote engine", () => {
  it("is passed on as a whole", async () => {
    const endpoint = await anEndpoint((_, outgoing) => outgoing.writeHead(200, HEADERS).end(BODY));
    expect(await receive(endpoint)).toEqual({ status: 200, complete: true, text: BODY });
    expect((await aClient(endpoint, 1).send(readRow)).Item).toEqual({
      pk: { S: "row" },
      text: { S: "x".repeat(1000) },
    });
  });

  it.each(earlyEnds)("that ends %s does not become a complete response", async (_, handler) => {
    expect(await receive(await anEndpoint(handler))).toMatchObject({ complete: false });
  });

  it.each(earlyEnds)("that ends %s lets the SDK try again", async (_, handler) => {
    let calls = 0;
    const endpoint = await anEndpoint((incoming, outgoing) => {
      calls += 1;
      if (calls === 1) handler(incoming, outgoing);
      else outgoing.writeHead(200, HEADERS).end(BODY);
    });
    expect((await aClient(endpoint, 3).send(readRow)).Item).toMatchObject({ pk: { S: "row" } });
    expect(calls).toBe(2);
  });

  it("passes on its headers at once, so that the caller can notice a stall after the headers", async () => {
    const endpoint = await anEndpoint((_, outgoing) => outgoing.writeHead(200, HEADERS).flushHeaders());
    const [response] = await once(request(endpoint, { method: "POST", agent: false }).end(), "response");
    expect(response.statusCode).toBe(200);
    response.destroy();
  });

  it.each([
    ["before the headers", () => {}],
    ["within the body", (outgoing: ServerResponse) => void outgoing.writeHead(200, HEADERS).write("{")],
  ])("is aborted when the function gives up %s", async (_, begin) => {
    const requests = new EventEmitter();
    const requested = once(requests, "request");
    const endpoint = await anEndpoint((incoming, outgoing) => {
      begin(outgoing);
      requests.emit("request", incoming.socket);
    });
    const { hostname, port } = new URL(endpoint);
    const caller = connect(Number(port), hostname);
    caller.write("POST / HTTP/1.1\r\nHost: local\r\nContent-Length: 0\r\n\r\n");
    const [engineSide] = await requested;
    caller.destroy();
    await once(engineSide, "close");
  });
});
