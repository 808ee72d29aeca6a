import { beforeAll, describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { anAuthorizer, aRoute } from "../support/assembly.ts";
import { aService } from "../support/service.ts";

const NOW = "export const handler = async () => ({ body: JSON.stringify(Date.now()) });";
/** Counts the requests, and keeps the time of the last request. */
const COUNT = `
let count = 0;
export const handler = async (event) => ({
  principalId: String(++count),
  policyDocument: { Statement: { Effect: "Allow", Action: "*", Resource: "*" } },
  context: { asked_at: Date.now() },
});`;
const SHOW = "export const handler = async (event) => ({ body: JSON.stringify(event.requestContext) });";
const LIST_TABLES = `
const headers = { "content-type": "application/json", "x-amz-target": "DynamoDB_20120810.ListTables" };
export const handler = async () => {
  await fetch(process.env.AWS_ENDPOINT_URL_DYNAMODB, { method: "POST", headers, body: "{}" });
};`;

let url: string;

beforeAll(async () => {
  const service = await aService({
    controls: true,
    functions: { Now: NOW, Count: COUNT, Show: SHOW, ListTables: LIST_TABLES },
    resources: {
      ...aRoute({ path: "now", function: "Now" }),
      ...aRoute({ path: "tables", function: "ListTables" }),
      ...aRoute({ path: "show", function: "Show", authorizer: "Cached" }),
      Cached: anAuthorizer("Count", {
        AuthorizerResultTtlInSeconds: 300,
        IdentitySource: "method.request.header.Authorization",
      }),
      Hourly: {
        Type: "AWS::Events::Rule",
        Properties: {
          ScheduleExpression: "rate(1 hour)",
          State: "ENABLED",
          Targets: [{ Id: "Target0", Arn: { "Fn::GetAtt": ["Count", "Arn"] } }],
        },
      },
    },
  });
  url = service.url;
});

const Time = z.object({ now: z.iso.datetime(), epoch_seconds: z.number(), offset_seconds: z.number() });
const Shown = z.object({
  requestTimeEpoch: z.number(),
  authorizer: z.object({ principalId: z.string(), asked_at: z.string() }),
});

const get = (path: string, headers: Record<string, string> = {}) => fetch(`${url}${path}`, { headers });
const post = async (path: string, body: string) => {
  const response = await fetch(`${url}${path}`, { method: "POST", body });
  return { status: response.status, body: await response.json() };
};
const time = async () => Time.parse(await (await get("/_local/clock")).json());
const advance = (seconds: number) => post("/_local/clock", JSON.stringify({ advance_seconds: seconds }));
/** The context that the function behind the authorizer receives for a caller with this credential. */
const shown = async (authorization: string) => Shown.parse(await (await get("/show", { authorization })).json());

describe("moving the clock", () => {
  it("moves the time of the functions, of the gateway and of its events", async () => {
    const before = await time();
    expect(await advance(86_400)).toMatchObject({
      status: 200,
      body: { offset_seconds: before.offset_seconds + 86_400 },
    });
    const response = await get("/now");
    const times = [
      Number(await response.json()),
      Date.parse(String(response.headers.get("date"))),
      (await shown("moved")).requestTimeEpoch,
      Date.parse((await time()).now),
    ];
    for (const moved of times) expect(moved / 1000).toBeGreaterThanOrEqual(before.epoch_seconds + 86_400);
  });

  it("ends the cached responses of an authorizer (A3)", async () => {
    const first = await shown("cached");
    expect((await shown("cached")).authorizer).toEqual(first.authorizer);
    await advance(300);
    expect((await shown("cached")).authorizer).not.toEqual(first.authorizer);
  });

  it("runs the schedules that are due in that time", async () => {
    const count = async (authorization: string) => Number((await shown(authorization)).authorizer.principalId);
    const before = await count("before the move");
    await advance(5 * 3600);
    expect(await count("after the move")).toBe(before + 5 + 1);
  });

  it.each([["-1"], ["1.5"], ['"1"'], ["1e10"], ["null"]])("is rejected for %s seconds", async (seconds) => {
    const { offset_seconds } = await time();
    expect(await post("/_local/clock", `{"advance_seconds":${seconds}}`)).toMatchObject({
      status: 400,
      body: { error: "invalid_request", error_description: expect.stringContaining("advance_seconds") },
    });
    expect((await time()).offset_seconds).toBe(offset_seconds);
  });

  it.each([
    ["nothing", ""],
    ["no JSON", "{"],
    ["another member", '{"advance_seconds":1,"back":true}'],
  ])("is rejected for %s", async (_, body) => {
    expect(await post("/_local/clock", body)).toMatchObject({ status: 400 });
  });
});

describe("other controls", () => {
  it("count DynamoDB operations, from zero again after a reset", async () => {
    await get("/tables");
    await get("/tables");
    const calls = async () => (await get("/_local/calls")).json();
    expect(await calls()).toEqual({ "list-tables": { ListTables: 2 } });
    expect(await post("/_local/calls", "")).toEqual({ status: 200, body: {} });
    expect(await calls()).toEqual({});
  });

  it("are listed in the response to an unknown path", async () => {
    const response = await get("/_local/other");
    expect(response.status).toBe(404);
    expect(await response.text()).toContain("GET /_local/clock");
  });
});
