import { describe, expect, it } from "vitest";
import { DECIDING_HEADERS, type DecidingHeader, requestHeaders } from "../../../shared/http/header-values.ts";

const names = Object.keys(DECIDING_HEADERS) as DecidingHeader[];

describe("the headers of a request", () => {
  it("are found by their names in any case of ASCII letters", () => {
    expect(requestHeaders({ headers: { "IDEMPOTENCY-key": "a" } }).single("idempotency-key")).toBe("a");
  });

  it("are not found by a name that matches only by the case rules of Unicode, as with KELVIN SIGN (C7)", () => {
    const kelvin = "Idempotency-\u212aey";
    expect(kelvin.toLowerCase()).toBe("idempotency-key");
    for (const headers of [{ headers: { [kelvin]: "a" } }, { multiValueHeaders: { [kelvin]: ["a"] } }]) {
      expect(requestHeaders(headers).has("idempotency-key")).toBe(false);
    }
  });

  it.each(names)("have no %s if none was sent", (name) => {
    for (const event of [{}, { headers: null, multiValueHeaders: null }, { multiValueHeaders: { [name]: null } }]) {
      const headers = requestHeaders(event);
      expect([headers.has(name), headers.isRepeated(name), headers.single(name)]).toEqual([false, false, undefined]);
    }
  });

  it.each(names)("have an empty %s if it was sent empty", (name) => {
    const headers = requestHeaders({ multiValueHeaders: { [name]: [""] } });
    expect([headers.has(name), headers.isRepeated(name), headers.single(name)]).toEqual([true, false, ""]);
  });

  it.each(names)(
    "have %s repeated where two were sent, also where the last alone is shown beside them (C7)",
    (name) => {
      const headers = requestHeaders({ headers: { [name]: "b" }, multiValueHeaders: { [name]: ["a", "b"] } });
      expect(headers.isRepeated(name)).toBe(true);
      expect(() => headers.single(name)).toThrow(expect.objectContaining({ code: "invalid_request" }));
    },
  );

  it.each(names)("have %s repeated if an HTTP API joined two values with a comma (C7)", (name) => {
    const headers = requestHeaders({ headers: { [name]: "a,b" } });
    expect(headers.isRepeated(name)).toBe(true);
    expect(() => headers.single(name)).toThrow(DECIDING_HEADERS[name]);
  });

  it("have one value with a comma if a REST API shows one value", () => {
    const headers = requestHeaders({ multiValueHeaders: { "Content-Type": ["text/plain, application/json"] } });
    expect(headers.single("content-type")).toBe("text/plain, application/json");
  });
});
