import { describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { LatchkeyError } from "../../../shared/errors.ts";
import { requestHeaders } from "../../../shared/http/header-values.ts";
import { readIdempotencyKey } from "../../../shared/http/idempotency-key.ts";
import { readCaller, toRequest } from "../../../shared/http/request.ts";
import { aRequest, REQUEST_ID } from "../../support/http-events.ts";

describe("the caller", () => {
  it("has the address that API Gateway saw, whatever the headers claim (B3)", () => {
    const event = aRequest({
      ip: "198.51.100.1",
      headers: {
        "X-Forwarded-For": "10.0.0.1",
        "X-Real-IP": "10.0.0.2",
        Forwarded: "for=10.0.0.3",
        "X-Request-Id": "mine",
      },
    });
    expect(readCaller(event)).toEqual({
      requestId: REQUEST_ID,
      ip: "198.51.100.1",
      userAgent: "test/1.0",
      startedAt: expect.any(Number),
    });
  });
});

describe("a user agent", () => {
  it("is cut to 512 characters: every session keeps one, and 10,000 logins would keep 100 MB", () => {
    const event = aRequest();
    event.requestContext.identity.userAgent = "x".repeat(10_000);
    expect(readCaller(event).userAgent).toBe("x".repeat(512));
    event.requestContext.identity.userAgent = null;
    expect(readCaller(event).userAgent).toBe("");
  });

  it("is well-formed: the cut divides no pair, and a lone surrogate is replaced (S5)", () => {
    const event = aRequest();
    event.requestContext.identity.userAgent = `${"x".repeat(511)}😀`;
    expect(readCaller(event).userAgent).toBe("x".repeat(511));
    event.requestContext.identity.userAgent = `${"x".repeat(510)}😀`;
    expect(readCaller(event).userAgent).toBe(`${"x".repeat(510)}😀`);
    event.requestContext.identity.userAgent = "a\ud800b";
    expect(readCaller(event).userAgent).toBe("a\ufffdb");
  });
});

describe("a body", () => {
  const rejected = (body: unknown) => {
    try {
      toRequest({ ...aRequest(), body: body as string }, z.unknown());
    } catch (error) {
      return error instanceof LatchkeyError ? [error.code, error.message] : error;
    }
    return undefined;
  };

  it.each<[string, string, unknown]>([
    ["a text", "name", { name: "\udfff" }],
    ["a text in a list", "list", { list: ["x", ["\ud800"]] }],
    ["a text in an object", "deep", { deep: { deeper: "x\ud800" } }],
    ["the name of a member of an object", "deep", { deep: { "\ud800": 1 } }],
    ["the name of a member", "x\ufffd", { "x\ud800": 1 }],
    ["a long name of a member", "x".repeat(64), { [`${"x".repeat(100)}\ud800`]: 1 }],
  ])("is rejected for a lone surrogate in %s, and the response names the member (S5)", (_, name, body) => {
    expect(rejected(body)).toEqual(["invalid_request", `\`${name}\` holds text that is not valid Unicode.`]);
  });

  it("is searched for lone surrogates to any depth", () => {
    const deep = (text: string): unknown => JSON.parse(`{"x":${"[".repeat(7000)}"${text}"${"]".repeat(7000)}}`);
    expect(rejected(deep("\\ud800"))).toMatchObject(["invalid_request", expect.stringContaining("`x`")]);
    expect(rejected(deep("\\ud83d\\ude00"))).toBeUndefined();
  });

  it("may hold any other text", () => {
    expect(rejected({ name: "😀\u0000\uffff\u202e", list: [null, 1, true, {}] })).toBeUndefined();
    expect(rejected(undefined)).toBeUndefined();
  });
});

describe("the identity", () => {
  const context = { sub: "user-1", sid: "session-1" };

  it("comes from the authorizer, whatever the headers claim (A6)", () => {
    const event = aRequest({
      authorizer: context,
      headers: { "X-User-Id": "admin", "X-User-Sub": "admin", sub: "admin", sid: "other" },
    });
    expect(toRequest(event, z.unknown()).identity()).toMatchObject({ userId: "user-1", sessionId: "session-1" });
  });

  it.each([
    ["no authorizer", undefined],
    ["an authorizer that says nothing", {}],
    ["a subject alone", { sub: "user-1" }],
    ["a session alone", { sid: "session-1" }],
    ["an empty subject", { ...context, sub: "" }],
    ["a subject that is no text", { ...context, sub: 7 }],
    ["claims in an object", { claims: context }],
  ])("is a 500 on a route with %s, because the caller is unknown", (_case, authorizer) => {
    const event = aRequest({ ...(authorizer === undefined ? {} : { authorizer }), headers: { sub: "user-1" } });
    expect(() => toRequest(event, z.unknown()).identity()).toThrow(LatchkeyError);
  });
});

describe("an Idempotency-Key", () => {
  const keyIn = (...keys: string[]) =>
    readIdempotencyKey(requestHeaders({ multiValueHeaders: { "Idempotency-Key": keys } }));

  it.each(["0123456789abcdef", "!".repeat(16), "~".repeat(255), "550e8400-e29b-41d4-a716-446655440000"])(
    "is taken: %s",
    (key) => {
      expect(keyIn(key)).toBe(key);
    },
  );

  it("may be left out", () => {
    expect(keyIn()).toBeUndefined();
  });

  it.each([
    "",
    "1",
    "123456789012345",
    "x".repeat(256),
    "0123456789 abcdef",
    "0123456789abcdef\n",
    "0123456789abcdé",
    "0123456789abcdef,0123456789abcdef",
  ])("is 400: %j", (key) => {
    expect(() => keyIn(key)).toThrow(expect.objectContaining({ code: "invalid_request" }));
  });
});
