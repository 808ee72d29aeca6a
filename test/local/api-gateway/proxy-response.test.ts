import { describe, expect, it } from "vitest";
import { readProxyResponse } from "../../../local/api-gateway/proxy-response.ts";

const read = (response: unknown, acceptsBinary = false) => readProxyResponse(JSON.stringify(response), acceptsBinary);

// What AWS takes and rejects was recorded there by LocalStack (test_aws_proxy_response_payload_format_validation).
describe("the response of a Lambda proxy integration", () => {
  it.each([
    ["nothing but a status", { statusCode: 201 }, 201],
    ["a status of digits", { statusCode: "201" }, 201],
    ["no status", { headers: { "test-header": "value" } }, 200],
    ["nothing at all", {}, 200],
    ["null for everything", { statusCode: 200, headers: null, multiValueHeaders: null, body: null }, 200],
  ])("may have %s", (_, response, statusCode) => {
    expect(read(response)?.statusCode).toBe(statusCode);
  });

  it.each([
    ["null", null],
    ["a text", "justAString"],
    ["a member of another name", { statusCode: 200, cookies: ["a=b"] }],
    ["a status that is no number", { statusCode: "test" }],
    ["a status that is no status", { statusCode: 7 }],
    ["a body that is no text", { statusCode: 200, body: { a: 1 } }],
    ["a multi-value header that is no list", { statusCode: 200, multiValueHeaders: { "x-a": "value1" } }],
    ["a header that is an object", { statusCode: 200, headers: { "x-a": {} } }],
    ["a header that HTTP cannot carry", { statusCode: 200, headers: { "x-a": "line\nbreak" } }],
  ])("is malformed with %s", (_, response) => {
    expect(read(response)).toBeUndefined();
  });

  it("is JSON if the response names no media type", () => {
    expect(read({})?.headers).toEqual([["Content-Type", "application/json"]]);
    expect(read({ headers: { "content-type": "text/plain" } })?.headers).toEqual([["content-type", "text/plain"]]);
  });

  it("keeps every value of a repeated header, and prefers multiValueHeaders (C2)", () => {
    const response = read({
      headers: { "Content-Type": "text/plain", "set-cookie": "lost=1", "X-Flag": true },
      multiValueHeaders: { "Set-Cookie": ["a=1", "b=2"] },
    });
    expect(response?.headers).toEqual([
      ["Content-Type", "text/plain"],
      ["X-Flag", "true"],
      ["Set-Cookie", "a=1"],
      ["Set-Cookie", "b=2"],
    ]);
  });

  it.each([["WWW-Authenticate"], ["www-authenticate"], ["Date"], ["Server"], ["Connection"], ["Content-Length"]])(
    "sends %s to the client under another name only (A1)",
    (name) => {
      const response = read({ headers: { "Content-Type": "text/plain", [name]: "value" } });
      expect(response?.headers).toEqual([
        ["Content-Type", "text/plain"],
        [`x-amzn-Remapped-${name}`, "value"],
      ]);
    },
  );

  it("drops Transfer-Encoding", () => {
    const response = read({ headers: { "Content-Type": "text/plain", "Transfer-Encoding": "chunked" } });
    expect(response?.headers).toEqual([["Content-Type", "text/plain"]]);
  });

  it("is decoded from base64 only for a client that takes binary data", () => {
    const response = { body: Buffer.from("data").toString("base64"), isBase64Encoded: true };
    expect(read(response, true)?.body.toString()).toBe("data");
    expect(read(response, false)?.body.toString()).toBe(response.body);
  });
});
