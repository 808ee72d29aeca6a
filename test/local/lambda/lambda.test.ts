import { beforeAll, describe, expect, it } from "vitest";
import { readDeployment } from "../../../local/deployment.ts";
import type { LogLine } from "../../../local/lambda/execution-environment.ts";
import { createLambdaPool, type LambdaPool } from "../../../local/lambda/pool.ts";
import { type Clock, createClock } from "../../../local/support/clock.ts";
import { anAssembly } from "../support/assembly.ts";
import { atEnd } from "../support/clean-up.ts";

const SOURCE = `
import { setTimeout as wait } from "node:timers/promises";
let events = 0;
const actions = {
  environment: () => process.env,
  count: () => ++events,
  context: (event, context) => ({ ...context, remaining: context.getRemainingTimeInMillis() }),
  now: () => ({ now: Date.now(), date: new Date().getTime(), text: Date(), fixed: new Date(0).toISOString(), isDate: new Date() instanceof Date }),
  log: () => { console.log("to stdout"); console.error("to stderr"); },
  nothing: () => undefined,
  fail: () => { throw new TypeError("no"); },
  failWithText: () => { throw "Unauthorized"; },
  crash: () => { setImmediate(() => { throw new Error("outside of the handler"); }); return wait(60_000); },
  exit: () => process.exit(3),
  hang: () => wait(60_000),
  block: () => { for (;;); },
};
export const handler = async (event, context) => actions[event.action](event, context);
`;

let pool: LambdaPool;
let clock: Clock;
const lines: LogLine[] = [];

const aPool = (source: string, functionProperties: object = {}, minTimeoutMs = 0): LambdaPool => {
  const assembly = anAssembly({ functions: { Probe: source }, functionProperties });
  const { functions, environment } = readDeployment(assembly, "http://127.0.0.1:1");
  const probe = functions.get("Stack-Probe");
  if (probe === undefined) throw new Error("There is no function");
  const { region } = environment;
  const started = createLambdaPool(probe, {
    clock,
    region,
    minTimeoutMs,
    awsEndpoint: "http://127.0.0.1:2",
    onLine: (line) => lines.push(line),
  });
  atEnd(started.stop);
  return started;
};

const result = async (from: LambdaPool, action: string) => {
  const invocation = await from.invoke({ action });
  return invocation.ok ? JSON.parse(invocation.payload) : invocation;
};

beforeAll(() => {
  clock = createClock();
  pool = aPool(SOURCE, {
    Timeout: 7,
    MemorySize: 512,
    Environment: { Variables: { GREETING: "hello", TABLE: { Ref: "AWS::Region" } } },
  });
});

describe("a function's execution environment", () => {
  it("has the variables of the template and of the Lambda runtime, and no variable of this machine", async () => {
    expect(await result(pool, "environment")).toEqual({
      GREETING: "hello",
      TABLE: "us-east-1",
      AWS_REGION: "us-east-1",
      AWS_DEFAULT_REGION: "us-east-1",
      AWS_LAMBDA_FUNCTION_NAME: "Stack-Probe",
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "512",
      AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
      AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
      AWS_ACCESS_KEY_ID: expect.any(String),
      AWS_SECRET_ACCESS_KEY: expect.any(String),
      CALL_ATTEMPT_MS: expect.stringMatching(/^\d{4,}$/),
      AWS_CONFIG_FILE: expect.any(String),
      AWS_SHARED_CREDENTIALS_FILE: expect.any(String),
      AWS_ENDPOINT_URL_DYNAMODB: "http://127.0.0.1:2/probe",
      AWS_ENDPOINT_URL_SECRETS_MANAGER: "http://127.0.0.1:2/probe",
    });
  });

  it("is given a context", async () => {
    const context = await result(pool, "context");
    expect(context).toMatchObject({
      functionName: "Stack-Probe",
      memoryLimitInMB: "512",
      invokedFunctionArn: "arn:aws:lambda:us-east-1:000000000000:function:Stack-Probe",
      awsRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    expect(context.remaining).toBeGreaterThan(0);
    expect(context.remaining).toBeLessThanOrEqual(7000);
  });

  it("sees a moved time at once", async () => {
    const before = await result(pool, "now");
    clock.advance(86_400);
    const after = await result(pool, "now");
    expect(after.now - before.now).toBeGreaterThanOrEqual(86_400_000);
    expect(after.date - before.date).toBeGreaterThanOrEqual(86_400_000);
    expect(Date.parse(after.text) - Date.parse(before.text)).toBeGreaterThanOrEqual(86_400_000);
    expect(after).toMatchObject({ fixed: "1970-01-01T00:00:00.000Z", isDate: true });
  });

  it("handles the next event too", async () => {
    const first = await result(pool, "count");
    expect(await result(pool, "count")).toBe(first + 1);
  });

  it("has a log that the service receives line by line", async () => {
    await result(pool, "log");
    await expect
      .poll(() => lines, { timeout: 30_000 })
      .toEqual(
        expect.arrayContaining([
          { function: "probe", line: "to stdout" },
          { function: "probe", line: "to stderr" },
        ]),
      );
  });
});

describe("an invocation", () => {
  it("of a handler that returns nothing responds with null", async () => {
    expect(await result(pool, "nothing")).toBeNull();
  });

  it.each([
    ["throws", "fail", { errorType: "TypeError", errorMessage: "no" }],
    ["throws a text", "failWithText", { errorType: "string", errorMessage: "Unauthorized" }],
    ["crashes", "crash", { errorType: "Error", errorMessage: "outside of the handler" }],
    ["exits", "exit", { errorType: "Runtime.ExitError", errorMessage: "Runtime exited with status 3" }],
  ])("that %s is an error, and the next one works", async (_, action, error) => {
    expect(await result(pool, action)).toEqual({ ok: false, reason: "error", error });
    expect(await result(pool, "count")).toEqual(expect.any(Number));
  });

  it.each([["hang"], ["block"]])(
    "that takes longer than the function may (%s) is cut off, and the next one works",
    async (action) => {
      const impatient = aPool(SOURCE, { Timeout: 2 });
      expect(await result(impatient, action)).toMatchObject({
        reason: "timeout",
        error: { errorMessage: "Task timed out after 2.00 seconds" },
      });
      expect(await result(impatient, "count")).toBe(1);
    },
  );

  it("can get more time than the template says on a slow machine, and its context says so", async () => {
    const patient = aPool(SOURCE, { Timeout: 1 }, 60_000);
    const { remaining } = await result(patient, "context");
    expect(remaining).toBeGreaterThan(1000);
    expect(remaining).toBeLessThanOrEqual(60_000);
  });

  it.each([
    ["cannot be loaded", `throw new Error("not today");`, "not today"],
    ["exports no handler", "export const other = 1;", "handler is not a function exported by"],
  ])("of a bundle that %s is an error each time", async (_, source, message) => {
    const broken = aPool(source);
    for (const _ of [1, 2]) {
      const invocation = await result(broken, "count");
      expect(invocation).toMatchObject({ ok: false, reason: "error" });
      expect(invocation.error.errorMessage).toContain(message);
    }
  });

  it("runs at the same time as others, in up to four execution environments", async () => {
    const busy = aPool(`
      import { randomUUID } from "node:crypto";
      import { setTimeout as wait } from "node:timers/promises";
      const id = randomUUID();
      let running = 0;
      export const handler = async () => {
        running += 1;
        const alone = running === 1;
        await wait(5);
        running -= 1;
        return { id, alone };
      };`);
    const responses = await Promise.all(Array.from({ length: 40 }, () => result(busy, "any")));
    expect(new Set(responses.map((response) => response.id)).size).toBe(4);
    expect(responses.every((response) => response.alone)).toBe(true);
  });

  it("that waits when the service stops is an error", async () => {
    const stopping = aPool(SOURCE);
    const invocations = Array.from({ length: 6 }, () => stopping.invoke({ action: "hang" }));
    await stopping.stop();
    for (const invocation of await Promise.all([...invocations, stopping.invoke({ action: "count" })])) {
      expect(invocation).toMatchObject({ ok: false, error: { errorType: "Stopped" } });
    }
  });
});
