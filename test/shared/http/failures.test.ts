import { createPublicKey } from "node:crypto";
import { importJWK } from "jose";
import { afterEach, describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { isTemporary } from "../../../shared/aws/errors.ts";
import { LatchkeyError } from "../../../shared/errors.ts";
import { httpHandler } from "../../../shared/http/handler.ts";
import { fromRow } from "../../../shared/sessions/session-row.ts";
import { type Failure, serviceError, startFailingAws } from "../../support/failing-aws.ts";
import { aRequest, REQUEST_ID } from "../../support/http-events.ts";
import { httpOptions } from "../../support/http-options.ts";
import { printedInEachTest } from "../../support/printed.ts";

const started: { stop: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const { stop } of started.splice(0)) await stop();
});

const printed = printedInEachTest();

const SECRETS = ["hunter2-correct-horse", "eyJhbGciOiJSUzI1NiJ9.secret.token", "cookie-value"];

/** Sends a request full of secrets to a function that fails in this way. */
const getFailure = async (run: () => Promise<unknown>) => {
  const handler = httpHandler(
    z.unknown(),
    async () => {
      await run();
      return { status: 204 };
    },
    httpOptions,
  );
  const [password, token, cookie] = SECRETS;
  const event = aRequest({
    body: { email: "a@example.com", password, refresh_token: token },
    headers: { Authorization: `Bearer ${token}`, Cookie: `session=${cookie}`, "X-CSRF-Token": `${cookie}` },
  });
  const result = await handler(event, {});
  return { result, error: JSON.parse(result.body), lines: printed.lines() };
};

const readFrom = async (failure: Failure) => {
  const aws = await startFailingAws(failure);
  started.push(aws);
  return aws;
};

describe("AWS", () => {
  it.each([
    ["throttles the table", serviceError("ProvisionedThroughputExceededException")],
    ["throttles the account", serviceError("RequestLimitExceeded")],
    ["throttles the call", serviceError("ThrottlingException")],
    ["fails", serviceError("InternalServerError", 500)],
    ["is unavailable", { status: 503, body: "<html>Service Unavailable</html>" }],
    ["sends nonsense with a 502", { status: 502, body: "Bad Gateway" }],
    ["does not respond", "hangs"],
    ["hangs up", "hangs up"],
  ] satisfies [string, Failure][])("that %s is a 503 to try again (S3, E1)", async (_case, failure) => {
    const { read } = await readFrom(failure);
    const { result, error } = await getFailure(read);
    expect(result.statusCode).toBe(503);
    expect(result.headers).toMatchObject({ "Retry-After": "1", "Cache-Control": "no-store" });
    expect(error).toEqual({
      error: "temporarily_unavailable",
      error_description: "The service is busy. Try the same request again.",
      request_id: REQUEST_ID,
    });
  });

  it("that cannot be reached is a 503 to try again (S3)", async () => {
    const aws = await readFrom(serviceError("InternalServerError", 500));
    await aws.stop();
    expect((await getFailure(aws.read)).result.statusCode).toBe(503);
  });

  it.each([
    "ValidationException",
    "AccessDeniedException",
    "ResourceNotFoundException",
    "ConditionalCheckFailedException",
    "ItemCollectionSizeLimitExceededException",
    "UnrecognizedClientException",
    "SomethingNewException",
  ])("that says %s is a 500: to try again would not help (E1)", async (type) => {
    const { read } = await readFrom(serviceError(type));
    const { result, error } = await getFailure(read);
    expect(result.statusCode).toBe(500);
    expect(result.headers).not.toHaveProperty("Retry-After");
    expect(error).toEqual({
      error: "internal_error",
      error_description: "Something went wrong on our side.",
      request_id: REQUEST_ID,
    });
  });
});

describe("a mistake of ours", () => {
  const thrownBy = (run: () => unknown) => async () => run();

  it.each([
    ["a TypeError", thrownBy(() => Reflect.get(Object(undefined).member, "x"))],
    ["an error of Node.js with a code", thrownBy(() => Buffer.from(Object(7)))],
    ["an error of node:crypto", thrownBy(() => createPublicKey("no key"))],
    ["an error of jose with a code", () => importJWK({ kty: "RSA" }, "RS256")],
    ["an error of Web Crypto", () => crypto.subtle.importKey("raw", Buffer.alloc(0), "AES-GCM", false, ["encrypt"])],
    ["a row that we did not write", thrownBy(() => fromRow({ userId: 7 }))],
    ["a stack overflow", thrownBy(() => JSON.stringify(JSON.parse("[".repeat(100_000) + "]".repeat(100_000))))],
    ["something that is no error", () => Promise.reject("hunter2-correct-horse")],
    ["nothing at all", () => Promise.reject(undefined)],
  ])("is a 500: %s (E1)", async (_case, run) => {
    const { result, error } = await getFailure(run);
    expect([result.statusCode, error.error]).toEqual([500, "internal_error"]);
  });
});

describe("what is inside", () => {
  const INSIDE =
    /arn:|dynamodb|table|Users|role|Exception|\bat \S+:\d+|node_modules|\.ts\b|stack|hunter2|eyJ|cookie-value/i;

  it("is not in a response: no stack, ARN, table or text of the SDK (E1)", async () => {
    for (const type of ["ThrottlingException", "ValidationException", "ResourceNotFoundException"]) {
      const { read } = await readFrom(serviceError(type));
      const { result } = await getFailure(read);
      expect(result.body).not.toMatch(INSIDE);
      expect(JSON.stringify(result.headers)).not.toMatch(INSIDE);
    }
  });

  it("is not in the cause of an error of ours either (E1)", async () => {
    const { result, lines } = await getFailure(async () => {
      throw new LatchkeyError("invalid_request", { cause: new Error(SECRETS.join()) });
    });
    expect(result.body).not.toMatch(INSIDE);
    expect(lines).toEqual([]);
  });
});

describe("the line in the log", () => {
  const [password = "", token = ""] = SECRETS;
  const thrown = (message: string) => async () => {
    throw new Error(message);
  };

  it("is one line of JSON that names the request, the class of the error and the place (G1, G3)", async () => {
    const { lines } = await getFailure(thrown("the message"));
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? "")).toEqual({
      level: "error",
      event: "request_failed",
      requestId: REQUEST_ID,
      error: "internal_error",
      cause: { name: "Error", at: expect.arrayContaining([expect.stringMatching(/^at .*failures\.test\.ts:\d+:\d+/)]) },
    });
  });

  it("is logged with the caller and the address if the CSRF check failed (G2)", async () => {
    const { lines } = await getFailure(async () => {
      throw new LatchkeyError("csrf_failed");
    });
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({
        level: "info",
        event: "request_denied",
        requestId: REQUEST_ID,
        ip: expect.any(String),
        route: expect.stringMatching(/^\/auth\//),
        reason: "csrf_failed",
      }),
    ]);
  });

  it.each([
    ["the password", password],
    ["a token on its first line", `cannot read ${token}`],
    ["a token on a later line", `cannot read:\n${token}\n  and ${password}`],
    ["a token that looks like a place in the code", `failed\n    at ${token} (${password}:1:1)`],
  ])("does not show a message that holds %s (G1)", async (_case, message) => {
    const { lines } = await getFailure(thrown(message));
    expect(lines).toHaveLength(1);
    for (const secret of SECRETS) expect(lines.join()).not.toContain(secret);
  });

  it("does not show what the parser of a row quotes (G1)", async () => {
    const row = z.object({ digest: z.literal("x") });
    const { lines } = await getFailure(async () => row.parse({ digest: password, [token]: token }));
    expect(lines).toHaveLength(1);
    for (const secret of SECRETS) expect(lines.join()).not.toContain(secret);
  });

  it("is none for a body that is no JSON, whose text the parser quotes (G1)", async () => {
    const handler = httpHandler(z.unknown(), async () => ({ status: 204 }), httpOptions);
    const result = await handler(aRequest({ body: `{"password":"${password}"` }), {});
    expect([result.statusCode, printed.lines()]).toEqual([400, []]);
    expect(result.body).not.toContain(password);
  });

  it("names no table and no account of AWS's error (G1)", async () => {
    const { read } = await readFrom(serviceError("ValidationException"));
    const { lines } = await getFailure(read);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ cause: { name: "ValidationException" } });
    expect(lines.join()).not.toMatch(/arn:aws|123456789012|latchkey-login-role/);
  });
});

describe("isTemporary", () => {
  it.each([undefined, null, "ThrottlingException", 503, {}, { name: "TimeoutError" }])("is not said of %j", (value) => {
    expect(isTemporary(value)).toBe(false);
  });
});
