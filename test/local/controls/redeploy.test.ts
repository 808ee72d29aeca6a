import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { beforeAll, expect, it } from "vitest";
import { listen } from "../../../local/support/local-server.ts";
import { aRoute } from "../support/assembly.ts";
import { atEnd } from "../support/clean-up.ts";
import { aService } from "../support/service.ts";

/** A function that first sends a request to a server of the test, which can let it wait, and then responds with its release. */
const release = (name: string, gate: string) => ({
  functions: {
    Hello: `export const handler = async () => ({ body: ${JSON.stringify(name)} + await (await fetch("${gate}")).text() });`,
  },
  resources: aRoute({ path: "hello", function: "Hello" }),
});
const broken = {
  functions: { Hello: "export const handler = async () => { throw new Error('no'); };" },
  resources: {
    ...aRoute({ path: "hello", function: "Hello" }),
    AtDeploy: { Type: "Custom::RunOnce", Properties: { FunctionArn: { "Fn::GetAtt": ["Hello", "Arn"] } } },
  },
};

const gate = createServer();
let url: string;

beforeAll(async () => {
  const gateUrl = `http://127.0.0.1:${await listen(gate, 0)}`;
  atEnd(() => gate.close());
  const service = await aService({
    ...release("first", gateUrl),
    controls: true,
    redeployed: ({ name = "" }) => (name === "broken" ? broken : release(name, gateUrl)),
  });
  url = service.url;
});

const hello = async (): Promise<string> => (await fetch(`${url}/hello`)).text();
const deploy = (body: unknown) => fetch(`${url}/_local/deploy`, { method: "POST", body: JSON.stringify(body) });
/** Resolves when the request of the function arrives. */
const question = async (): Promise<ServerResponse> => {
  const [, outgoing] = await once(gate, "request");
  return outgoing;
};

it("serves the new release, and completes the requests that the old release has begun", async () => {
  const asked = question();
  const underWay = hello();
  const held = await asked;
  expect((await deploy({ settings: { name: "second" } })).status).toBe(200);

  const askedAgain = question();
  const next = hello();
  (await askedAgain).end(" done");
  expect(await next).toBe("second done");
  held.end(" done");
  expect(await underWay).toBe("first done");
});

it("keeps the old release if the new release cannot be deployed", async () => {
  await deploy({ settings: { name: "third" } });
  const rejected = await deploy({ settings: { name: "broken" } });
  expect(rejected.status).toBe(400);
  expect(await rejected.json()).toMatchObject({ error_description: expect.stringContaining("failed: no") });
  const asked = question();
  const response = hello();
  (await asked).end(" still");
  expect(await response).toBe("third still");
});

it.each([[undefined], [{}], [{ settings: { a: 1 } }], [{ settings: {}, other: 1 }]])(
  "is rejected for %j",
  async (body) => {
    expect((await deploy(body)).status).toBe(400);
  },
);
