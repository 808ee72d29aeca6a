import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseCompactJws } from "../../../shared/tokens/compact-jws.ts";
import { encodePart, type JsonPart } from "../../support/jws.ts";
import { VECTORS } from "./rfc-vectors.ts";

const HEADER = { alg: "RS256", typ: "at+jwt", kid: "key-1" };

const token = ({
  header = HEADER,
  claims = { sub: "x" },
  signature = "AAAA",
}: Partial<Record<"header" | "claims", JsonPart>> & { signature?: string } = {}) =>
  `${encodePart(header)}.${encodePart(claims)}.${signature}`;

describe("a token that the service writes", () => {
  it("is parsed into header and claims (T5)", () => {
    expect(parseCompactJws(token())).toEqual({ header: HEADER, claims: { sub: "x" } });
  });

  it("is parsed whatever JSON its claims are (T5)", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue()), (claims) => {
        // The form in which `JSON.stringify` writes a parsed value: numeric names come first, and -0 is 0.
        const written: unknown = JSON.parse(JSON.stringify(claims));
        expect(parseCompactJws(token({ claims: JSON.stringify(written) }))?.claims).toEqual(written);
      }),
    );
  });

  it("may have at most 8 KB (T7)", () => {
    const ofLength = (length: number) => {
      const rest = token({ signature: "" });
      return rest + "A".repeat(length - rest.length);
    };
    expect(parseCompactJws(ofLength(8192))).toBeDefined();
    expect(parseCompactJws(ofLength(8193))).toBeUndefined();
    expect(parseCompactJws(ofLength(8196))).toBeUndefined();
  });
});

describe("the header", () => {
  it.each(["alg", "typ", "kid"])("must have %s as a string (T1, T3, T4)", (name) => {
    for (const value of [undefined, null, 7, {}, ["x"], true]) {
      expect(parseCompactJws(token({ header: { ...HEADER, [name]: value } }))).toBeUndefined();
    }
  });

  it("may have its members in any order (T4)", () => {
    expect(parseCompactJws(token({ header: { kid: "key-1", typ: "at+jwt", alg: "RS256" } }))).toBeDefined();
  });

  it("has no other member, whatever its name (T4, T7)", () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1 }).filter((name) => !(name in HEADER)),
        fc.jsonValue(),
        (name, value) => {
          const header = `${JSON.stringify(HEADER).slice(0, -1)},${JSON.stringify(name)}:${JSON.stringify(value)}}`;
          expect(parseCompactJws(token({ header }))).toBeUndefined();
        },
      ),
    );
  });

  it("has a kid of at most 64 characters, all permitted in ids (T4)", () => {
    const withKid = (kid: string) => parseCompactJws(token({ header: { ...HEADER, kid } }));
    expect(withKid("k".repeat(64))).toBeDefined();
    for (const kid of ["", "k".repeat(65), "a b", "a/b", "a.b", "ä", "a\n"]) expect(withKid(kid), kid).toBeUndefined();
  });
});

describe("a token that the service does not write", () => {
  it.each(["[]", "null", "7", '"text"', "true"])("is rejected: %s as header or as claims (T5)", (json) => {
    expect(parseCompactJws(token({ header: json }))).toBeUndefined();
    expect(parseCompactJws(token({ claims: json }))).toBeUndefined();
  });

  it.each(VECTORS)("is rejected: the example of $origin has another header (T1)", ({ token }) => {
    expect(parseCompactJws(token)).toBeUndefined();
  });

  it("is rejected without an exception, whatever the value (T5, T7)", () => {
    const segment = fc.oneof(fc.base64String(), fc.string(), fc.string({ unit: "binary" }));
    const almost = fc.array(segment, { maxLength: 5 }).map((segments) => segments.join("."));
    fc.assert(
      fc.property(fc.oneof(fc.anything({ withBigInt: true, withNullPrototype: true }), almost), (value) => {
        expect(parseCompactJws(value)).toBeUndefined();
      }),
      { numRuns: 1000 },
    );
  });

  it("is rejected if one character of header or payload is another spelling of the same bytes (T5)", () => {
    // One byte over and two bytes over: four and two unused bits.
    for (const claims of [{ sub: "xx" }, { sub: "xxx" }, { sub: "x" }]) {
      const [header = "", payload = ""] = token({ claims }).split(".");
      for (const character of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") {
        const other = payload.slice(0, -1) + character;
        const means = JSON.stringify(claims) === Buffer.from(other, "base64url").toString();
        expect(parseCompactJws(`${header}.${other}.AAAA`) !== undefined, other).toBe(means && other === payload);
      }
    }
  });
});
