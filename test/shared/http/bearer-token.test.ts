import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readBearerToken } from "../../../shared/http/bearer-token.ts";
import { requestHeaders } from "../../../shared/http/header-values.ts";

/** The token of a request with these `Authorization` headers. */
const tokenIn = (...values: string[]) =>
  readBearerToken(requestHeaders({ multiValueHeaders: { Authorization: values } }));

describe("a Bearer credential", () => {
  it.each([
    ["Bearer abc", "abc"],
    ["bearer abc", "abc"],
    ["BEARER abc", "abc"],
    ["bEaReR abc", "abc"],
    ["Bearer   abc", "abc"],
    ["Bearer aA0-._~+/==", "aA0-._~+/=="],
  ])("%j holds %j (A5, RFC 6750 2.1)", (value, token) => {
    expect(tokenIn(value)).toBe(token);
  });

  it.each([
    "",
    " ",
    "Bearer",
    "Bearer ",
    "Bearer  ",
    "Bearer  x y",
    "Bearer x y",
    "Bearer x,y",
    "Bearer x, Bearer x",
    "Bearer x;y",
    "Bearer\tx",
    "Bearer\nx",
    "Bearer x\n",
    "Bearer x\r\nX-User-Id: admin",
    " Bearer x",
    "Bearer x ",
    "Bearerx",
    "Bearer: x",
    'Bearer "x"',
    "Bearer =x",
    "Bearer x=y",
    "Bearer \u0000",
    "Bearer \u00e9",
    "Bear\u212ar x",
    "Basic dXNlcjpwYXNz",
    "Basic Bearer x",
    "DPoP x",
    "Token x",
    "x",
    "x.y.z",
    "null",
    "undefined",
  ])("is rejected: %j (A5)", (value) => {
    expect(tokenIn(value)).toBeUndefined();
  });

  it("is undefined without a header, or with more than one, also if they are equal (A5)", () => {
    expect(tokenIn()).toBeUndefined();
    expect(tokenIn("Bearer a", "Bearer b")).toBeUndefined();
    expect(tokenIn("Bearer a", "Bearer a")).toBeUndefined();
    expect(tokenIn("", "Bearer a")).toBeUndefined();
  });

  it("is found in linear time, also in a megabyte of text (E1)", () => {
    for (const filler of ["a", "=", " ", "a=", "a "]) {
      expect(tokenIn(`Bearer ${filler.repeat(1_000_000)}!`)).toBeUndefined();
    }
  });

  it("never contains a character that a token cannot have", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(tokenIn(`Bearer ${text}`) ?? "x").toMatch(/^[A-Za-z0-9._~+/-]+=*$/);
      }),
    );
  });
});
