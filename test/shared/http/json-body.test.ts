import type { APIGatewayProxyEvent } from "aws-lambda";
import { describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { LatchkeyError } from "../../../shared/errors.ts";
import { httpHandler } from "../../../shared/http/handler.ts";
import { readJsonBody } from "../../../shared/http/json-body.ts";
import { aRequest } from "../../support/http-events.ts";
import { httpOptions } from "../../support/http-options.ts";

const SECRET = "hunter2-correct-horse";

/** Runs the middleware alone. Returns the body that the function would get, or the error. */
const read = async (event: APIGatewayProxyEvent): Promise<unknown> => {
  const request = { event, context: {} as never, response: null, error: null, internal: {} };
  try {
    await readJsonBody().before?.(request);
  } catch (error) {
    return error;
  }
  return request.event.body;
};

describe("the middleware that reads bodies", () => {
  it.each([
    ["text that is not JSON", { body: `{"password":"${SECRET}"` }],
    ["base64 that is not JSON", { body: Buffer.from(SECRET).toString("base64"), isBase64Encoded: true }],
    [
      "base64 that is not UTF-8",
      { body: Buffer.from(`"${SECRET}\xff"`, "latin1").toString("base64"), isBase64Encoded: true },
    ],
  ])("throws an error without a cause for %s: the cause of the parser's error is the body (G1)", async (_, options) => {
    const error = await read(aRequest(options));
    expect(error).toBeInstanceOf(LatchkeyError);
    expect(error).toMatchObject({ code: "invalid_request", message: "The body is not valid JSON." });
    expect(error).not.toHaveProperty("package");
    expect((error as LatchkeyError).cause).toBeUndefined();
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain(SECRET);
  });

  it("writes no log line for a malformed body (G1)", async () => {
    const lines: unknown[] = [];
    const log = (...line: readonly unknown[]) => lines.push(line);
    const handler = httpHandler(z.unknown(), async () => ({ status: 204 }), { ...httpOptions, log });
    expect((await handler(aRequest({ body: `{"password":"${SECRET}"` }), {})).body).not.toContain(SECRET);
    expect(lines).toEqual([]);
  });

  it("changes nothing of the event but the body", async () => {
    const event = aRequest({ body: Buffer.from('{"a":1}').toString("base64"), isBase64Encoded: true });
    const before = structuredClone(event);
    expect(await read(event)).toEqual({ a: 1 });
    expect(event).toEqual({ ...before, body: { a: 1 } });
  });

  it("gives an empty object for a request without a body, whatever its media type", async () => {
    for (const body of [null, ""]) {
      expect(await read(aRequest({ body, headers: { "Content-Type": "text/plain" } }))).toEqual({});
      expect(await read(aRequest({ body, isBase64Encoded: true }))).toEqual({});
    }
  });
});
