import type { APIGatewayProxyEvent, APIGatewayProxyResult } from "aws-lambda";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { ERRORS, type ErrorCode } from "../../../shared/contract/errors.ts";
import { securityHeaders } from "../../../shared/contract/security-headers.ts";
import { LatchkeyError } from "../../../shared/errors.ts";
import { httpHandler } from "../../../shared/http/handler.ts";
import { DECIDING_HEADERS } from "../../../shared/http/header-values.ts";
import type { HttpRequest } from "../../../shared/http/request.ts";
import type { HttpResponse } from "../../../shared/http/response.ts";
import { aRequest, REQUEST_ID } from "../../support/http-events.ts";
import { httpOptions } from "../../support/http-options.ts";

const ORIGIN = "https://app.example.com";
const body = z.object({ email: z.string(), count: z.optional(z.int()) });
type Body = z.infer<typeof body>;

const call = (event: APIGatewayProxyEvent, run: (request: HttpRequest<Body>) => Promise<HttpResponse> = okay) =>
  httpHandler(body, run, { ...httpOptions, allowedOrigins: [ORIGIN], log: () => {} })(event, {});

const okay = async (): Promise<HttpResponse> => ({ status: 200, body: { ok: true } });
const good = { email: "a@example.com" };

const SECURITY_HEADERS = {
  "Cache-Control": "no-store",
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
  "Referrer-Policy": "no-referrer",
  "Strict-Transport-Security": "max-age=63072000",
  "X-Content-Type-Options": "nosniff",
};

const getError = (result: APIGatewayProxyResult) => ({ status: result.statusCode, ...JSON.parse(result.body) });

describe("a body", () => {
  it.each([
    ["JSON", {}],
    ["JSON in base64", { isBase64Encoded: true, body: Buffer.from(JSON.stringify(good)).toString("base64") }],
  ])("is read as %s", async (_case, options) => {
    const seen: unknown[] = [];
    await call(aRequest({ body: good, ...options }), async (request) => {
      seen.push(request.body);
      return { status: 204 };
    });
    expect(seen).toEqual([good]);
  });

  it.each([
    ["is missing", { body: null }],
    ["is empty", { body: "" }],
    ["is no JSON", { body: "{" }],
    ["is two objects", { body: "{}{}" }],
    ["is a form", { body: "email=a@example.com" }],
    ["is a number", { body: "7" }],
    ["is null", { body: "null" }],
    ["is a string", { body: '"a@example.com"' }],
    ["is an array", { body: "[]" }],
    ["is an array of what was asked for", { body: JSON.stringify([good]) }],
    ["says it is base64 and is not", { body: "!!!", isBase64Encoded: true }],
    ["says it is base64 and is JSON", { body: JSON.stringify(good), isBase64Encoded: true }],
    [
      "is in base64 and no UTF-8",
      { body: Buffer.from('{"email":"\xff"}', "latin1").toString("base64"), isBase64Encoded: true },
    ],
    ["begins with a BOM", { body: `\ufeff${JSON.stringify(good)}` }],
    ["lacks a member", { body: {} }],
    ["has a member of another type", { body: { email: 7 } }],
    ["has an object where text belongs", { body: { email: { $ne: null } } }],
    ["has an array where text belongs", { body: { email: ["a@example.com"] } }],
    ["has null where text belongs", { body: { email: null } }],
    ["has a number that is not finite", { body: '{"email":"a","count":1e999}' }],
    ["brings its members by way of __proto__", { body: `{"__proto__":${JSON.stringify(good)}}` }],
    ["brings its members by way of constructor", { body: `{"constructor":{"prototype":${JSON.stringify(good)}}}` }],
    ["is nested 8000 deep", { body: "[".repeat(8000) + "]".repeat(8000) }],
    ["has a member nested 8000 deep", { body: `{"email":${"[".repeat(8000)}${"]".repeat(8000)}}` }],
  ])("is 400 if it %s (E1, L4)", async (_case, options) => {
    expect(getError(await call(aRequest(options)))).toMatchObject({ status: 400, error: "invalid_request" });
  });

  it("is 413 above 16 KB, and not parsed (E1)", async () => {
    const ofLength = (length: number) => {
      const empty = JSON.stringify({ email: "" });
      return JSON.stringify({ email: "x".repeat(length - empty.length) });
    };
    expect((await call(aRequest({ body: ofLength(16_384) }))).statusCode).toBe(200);
    expect(getError(await call(aRequest({ body: ofLength(16_385) })))).toMatchObject({
      status: 413,
      error: "payload_too_large",
    });
    expect((await call(aRequest({ body: "[".repeat(6_000_000) }))).statusCode).toBe(413);
  });

  it("does not change the prototype of what is read or of anything else (E1)", async () => {
    const event = aRequest({
      body: '{"email":"a","__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}}}',
    });
    let seen: Body | undefined;
    await call(event, async (request) => {
      seen = request.body;
      return { status: 204 };
    });
    expect(seen).toEqual({ email: "a" });
    expect([Object.getPrototypeOf(seen), "admin" in (seen ?? {}), "admin" in {}]).toEqual([
      Object.prototype,
      false,
      false,
    ]);
  });

  it("is rejected with the name of the wrong member, without its value (E1)", async () => {
    const result = await call(aRequest({ body: { email: { secret: "s3cret" } } }));
    expect(getError(result)).toMatchObject({ error_description: "`email` is missing or malformed." });
    expect(result.body).not.toContain("s3cret");
  });

  it("is never a 5xx, whatever it is (E1)", async () => {
    const anyText = fc.oneof(fc.string({ unit: "binary" }), fc.json(), fc.base64String());
    await fc.assert(
      fc.asyncProperty(anyText, fc.boolean(), async (text, isBase64Encoded) => {
        const { statusCode } = await call(aRequest({ body: text, isBase64Encoded }));
        expect([200, 400]).toContain(statusCode);
      }),
    );
  });
});

describe("a content type", () => {
  it.each([
    "application/json",
    "application/json; charset=utf-8",
    "application/json;charset=UTF-8",
    "application/json ; charset=utf-8",
    "Application/JSON",
    "application/problem+json",
  ])("is accepted: %s (L4)", async (type) => {
    expect((await call(aRequest({ body: good, headers: { "Content-Type": type } }))).statusCode).toBe(200);
  });

  // The first three are what another site's form can send without asking (Fetch 2.2.2, CORS-safelisted).
  it.each([
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "text/plain; application/json",
    "text/plain, application/json",
    "text/plain;application/json",
    "text/json",
    "application/jsonp",
    "application/json-seq",
    "application/json\u00a0",
    "\u00a0application/json",
    "application/json\u2003; charset=utf-8",
    "application/j\u017fon",
    "application/xml",
    "application/a,text/plain+json",
    "json",
    "",
  ])("is 415: %j (L4, C4)", async (type) => {
    const result = await call(aRequest({ body: good, headers: { "Content-Type": type } }));
    expect(getError(result)).toMatchObject({ status: 415, error: "unsupported_media_type" });
  });

  it("is 415 if it is missing (L4)", async () => {
    const event = aRequest({ body: good, headers: { "content-type": [] } });
    expect((await call(event)).statusCode).toBe(415);
  });

  it("counts in any case of its name", async () => {
    expect((await call(aRequest({ body: good, headers: { "cOnTeNt-TyPe": "application/json" } }))).statusCode).toBe(
      200,
    );
  });
});

describe("a header that decides something", () => {
  const names = Object.entries(DECIDING_HEADERS);

  it.each(names)("is 400 and named if two have different values: %s (C7)", async (name, shown) => {
    const result = await call(aRequest({ body: good, headers: { [name]: ["application/json", "other"] } }));
    expect(getError(result)).toMatchObject({ status: 400, error: "invalid_request" });
    expect(result.body).toContain(`\`${shown}\``);
  });

  it.each(names)("is 400 if two are equal, and if their names differ in case: %s (C7)", async (name, shown) => {
    const twice = { [name]: ["application/json", "application/json"] };
    expect((await call(aRequest({ body: good, headers: twice }))).statusCode).toBe(400);
    const inTwoCases = { [name]: "application/json", [shown.toUpperCase()]: "application/json" };
    expect((await call(aRequest({ body: good, headers: inTwoCases }))).statusCode).toBe(400);
  });

  it("allows no origin if there are two (C5, C7)", async () => {
    const result = await call(aRequest({ body: good, headers: { Origin: [ORIGIN, ORIGIN] } }));
    expect(result.statusCode).toBe(400);
    expect(result.headers).not.toHaveProperty("Access-Control-Allow-Origin");
    expect(result.headers).toHaveProperty("Vary", "Origin");
  });

  it("does not run the function if there are two (C7)", async () => {
    let runs = 0;
    const run = async () => {
      runs++;
      return { status: 204 };
    };
    await call(aRequest({ body: good, headers: { "Idempotency-Key": ["a".repeat(16), "b".repeat(16)] } }), run);
    expect(runs).toBe(0);
  });

  it("may be sent beside any number of cookies and of headers that decide nothing", async () => {
    const headers = { Cookie: ["a=1", "b=2"], Accept: ["*/*", "text/html"], "X-Forwarded-For": ["a", "b"] };
    expect((await call(aRequest({ body: good, headers }))).statusCode).toBe(200);
  });
});

describe("a response", () => {
  it("has the security headers and is JSON (H1, H2)", async () => {
    const result = await call(aRequest({ body: good }));
    expect(result).toEqual({
      statusCode: 200,
      headers: { ...SECURITY_HEADERS, "Content-Type": "application/json", Vary: "Origin" },
      body: '{"ok":true}',
    });
  });

  it("without a body has them too, and no content type (H2)", async () => {
    const result = await call(aRequest({ body: good }), async () => ({ status: 204 }));
    expect(result).toMatchObject({ statusCode: 204, headers: SECURITY_HEADERS, body: "" });
    expect(result.headers).not.toHaveProperty("Content-Type");
  });

  it("may be cached if its function allows that, but not if it is an error (H1)", async () => {
    const headers = { "Cache-Control": "public, max-age=300" };
    expect((await call(aRequest({ body: good }), async () => ({ status: 200, headers }))).headers).toMatchObject(
      headers,
    );
    const failed = await call(aRequest({ body: good }), async () => {
      throw new LatchkeyError("not_found");
    });
    expect(failed.headers).toMatchObject({ "Cache-Control": "no-store" });
  });

  it("sets each cookie in a header of its own (C2)", async () => {
    const result = await call(aRequest({ body: good }), async () => ({ status: 204, cookies: ["a=1", "b=2"] }));
    expect(result.multiValueHeaders).toEqual({ "Set-Cookie": ["a=1", "b=2"] });
  });
});

describe("an error", () => {
  const codes = Object.keys(ERRORS) as ErrorCode[];

  it.each(codes)("%s has its status, the one shape and the security headers (E1, H1, H2)", async (code) => {
    const result = await call(aRequest({ body: good }), async () => {
      throw new LatchkeyError(code);
    });
    expect(result.statusCode).toBe(ERRORS[code].status);
    expect(result.headers).toMatchObject({ ...SECURITY_HEADERS, "Content-Type": "application/json" });
    expect(JSON.parse(result.body)).toEqual({
      error: code,
      error_description: ERRORS[code].description,
      request_id: REQUEST_ID,
    });
  });

  it.each<[ErrorCode, string | undefined]>([
    ["invalid_token", 'Bearer error="invalid_token"'],
    ["invalid_grant", "Bearer"],
    ["invalid_credentials", "Bearer"],
    ["insufficient_scope", 'Bearer error="insufficient_scope"'],
    ["csrf_failed", undefined],
    ["wrong_password", undefined],
    ["invalid_request", undefined],
    ["temporarily_unavailable", undefined],
  ])("%s has the challenge %s (A1)", async (code, challenge) => {
    const { headers = {} } = await call(aRequest({ body: good }), async () => {
      throw new LatchkeyError(code);
    });
    expect(headers["WWW-Authenticate"]).toBe(challenge);
  });

  it("has a challenge if it is a 401, and the challenge names no error if there was no credential (A1)", async () => {
    for (const code of codes.filter((each) => ERRORS[each].status === 401)) {
      const { headers = {} } = await call(aRequest({ body: good }), async () => {
        throw new LatchkeyError(code, { credentialSent: false });
      });
      expect(headers["WWW-Authenticate"]).toBe("Bearer");
    }
  });

  it("of the body has the same headers", async () => {
    expect((await call(aRequest({ body: "{" }))).headers).toMatchObject(SECURITY_HEADERS);
  });

  it("says when to try again (B3)", async () => {
    const result = await call(aRequest({ body: good }), async () => {
      throw new LatchkeyError("too_many_requests", { retryAfterSeconds: 30 });
    });
    expect(result.headers).toMatchObject({ "Retry-After": "30" });
  });
});

describe("CORS", () => {
  const fails = async (): Promise<never> => {
    throw new TypeError("boom");
  };
  const outcomes = [
    ["a response", aRequest, okay],
    ["a 400", (options: object) => aRequest({ ...options, body: "{" }), okay],
    ["a 413", (options: object) => aRequest({ ...options, body: "x".repeat(20_000) }), okay],
    ["a 500", aRequest, fails],
  ] as const;

  it.each(outcomes)("%s is for the exact origin on the list (C5)", async (_case, event, run) => {
    const { headers } = await call(event({ body: good, headers: { Origin: ORIGIN } }), run);
    expect(headers).toMatchObject({
      "Access-Control-Allow-Origin": ORIGIN,
      "Access-Control-Allow-Credentials": "true",
      Vary: "Origin",
    });
  });

  it.each(outcomes)("%s is for no other origin, and varies by origin for caches (C5)", async (_case, event, run) => {
    const others = [
      "null",
      "*",
      `${ORIGIN}.attacker.example`,
      ORIGIN.toUpperCase(),
      `${ORIGIN}/`,
      "http://app.example.com",
      "",
    ];
    for (const Origin of others) {
      const { headers } = await call(event({ body: good, headers: { Origin } }), run);
      expect(headers).toHaveProperty("Vary", "Origin");
      expect(Object.keys(headers ?? {}).filter((name) => name.startsWith("Access-Control"))).toEqual([]);
    }
  });

  it.each(["capacitor://localhost", "tauri://localhost", "http://tauri.localhost", "https://tauri.localhost"])(
    "lets the app of %s read responses, without credentials (C5)",
    async (origin) => {
      const { headers } = await httpHandler(body, okay, { ...httpOptions, allowedOrigins: [ORIGIN, origin] })(
        aRequest({ body: good, headers: { Origin: origin } }),
        {},
      );
      expect(headers).toMatchObject({ "Access-Control-Allow-Origin": origin, Vary: "Origin" });
      expect(headers).not.toHaveProperty("Access-Control-Allow-Credentials");
    },
  );

  it("has no headers if no origin is allowed (C5)", async () => {
    const { headers } = await httpHandler(
      body,
      okay,
      httpOptions,
    )(aRequest({ body: good, headers: { Origin: ORIGIN } }), {});
    expect(Object.keys(headers ?? {}).filter((name) => /^(Access-Control|Vary)/.test(name))).toEqual([]);
  });
});

describe("a request that the authorizer allowed with a denial in the context", () => {
  const denied = (denial: unknown) => {
    const event = aRequest({ body: "{" });
    return {
      ...event,
      requestContext: { ...event.requestContext, authorizer: { sub: "user", sid: "session", denial } },
    };
  };
  const neverRuns = async (): Promise<never> => {
    throw new Error("The function must not run");
  };

  it.each(["csrf_failed", "insufficient_scope"] as const)(
    "is rejected as %s before its body is read (A6)",
    async (code) => {
      const { statusCode, body: text } = await call(denied(code), neverRuns);
      expect(statusCode).toBe(403);
      expect(JSON.parse(text)).toMatchObject({ error: code });
    },
  );

  it.each(["nonsense", "toString", "", 1, true, {}])("is a 500 for the denial %j (A6)", async (denial) => {
    const handler = httpHandler(body, neverRuns, { ...httpOptions, log: () => {} });
    expect((await handler(denied(denial), {})).statusCode).toBe(500);
  });
});

describe("HEAD", () => {
  it.each([
    ["a response", good, okay, 200],
    ["an error", "{", okay, 400],
  ])("gets the headers of %s to GET and no content (RFC 9110 9.3.2)", async (_, given, run, status) => {
    const [head, get] = await Promise.all(
      ["HEAD", "GET"].map((httpMethod) => call({ ...aRequest({ body: given }), httpMethod }, run)),
    );
    expect(head).toEqual({ ...get, body: "" });
    expect(get?.body).not.toBe("");
    expect(head?.statusCode).toBe(status);
  });
});

describe("HSTS", () => {
  it("includes subdomains only if the operator chooses so (H2)", async () => {
    const run = (hstsIncludeSubDomains: boolean) =>
      httpHandler(body, okay, { ...httpOptions, securityHeaders: securityHeaders({ hstsIncludeSubDomains }) })(
        aRequest({ body: good }),
        {},
      );
    expect((await run(false)).headers?.["Strict-Transport-Security"]).toBe("max-age=63072000");
    expect((await run(true)).headers?.["Strict-Transport-Security"]).toBe("max-age=63072000; includeSubDomains");
  });
});
