import { describe, expect, it } from "vitest";
import { readCaller } from "../../../shared/http/request.ts";
import { readViewerAddress, withViewerAddress } from "../../../shared/http/viewer-address.ts";
import { aRequest, type RequestOptions } from "../../support/http-events.ts";

const EDGE = "203.0.113.7";
const SECRET = "s".repeat(64);
const through = (viewer: string, headers: RequestOptions["headers"] = {}) =>
  aRequest({
    ip: EDGE,
    headers: { "X-Latchkey-Origin-Secret": SECRET, "CloudFront-Viewer-Address": viewer, ...headers },
  });

describe("the address a request comes from (B3)", () => {
  it.each([
    ["198.51.100.10:46532", "198.51.100.10"],
    ["2001:db8:85a3:8d3:1319:8a2e:370:7348:443", "2001:db8:85a3:8d3:1319:8a2e:370:7348"],
    ["2001:db8::1:46532", "2001:db8::1"],
    ["[2001:db8::1]:46532", "2001:db8::1"],
  ])("is the viewer's as the CDN states it, beside the stack's secret: %s", (stated, address) => {
    expect(readViewerAddress(through(stated), SECRET)).toBe(address);
  });

  it.each<[string, ReturnType<typeof aRequest>]>([
    ["no secret", aRequest({ ip: EDGE, headers: { "CloudFront-Viewer-Address": "198.51.100.10:1" } })],
    ["another secret", through("198.51.100.10:1", { "X-Latchkey-Origin-Secret": "t".repeat(64) })],
    ["a part of the secret", through("198.51.100.10:1", { "X-Latchkey-Origin-Secret": SECRET.slice(1) })],
    ["an empty secret", through("198.51.100.10:1", { "X-Latchkey-Origin-Secret": "" })],
    ["the secret and a guess", through("198.51.100.10:1", { "X-Latchkey-Origin-Secret": [SECRET, "guess"] })],
    ["two addresses", through("", { "CloudFront-Viewer-Address": ["198.51.100.10:1", "198.51.100.11:1"] })],
    ["no address", aRequest({ ip: EDGE, headers: { "X-Latchkey-Origin-Secret": SECRET } })],
    ["a text that is not an address", through("localhost:1")],
    ["an address without port", through("198.51.100.10")],
    ["only forwarding headers", aRequest({ ip: EDGE, headers: { "X-Forwarded-For": "198.51.100.10" } })],
  ])("is API Gateway's with %s", (_, event) => {
    expect(readViewerAddress(event, SECRET)).toBe(EDGE);
  });

  it("is API Gateway's if the stack has no CDN, whatever headers a request has", () => {
    expect(readViewerAddress(through("198.51.100.10:1"), undefined)).toBe(EDGE);
  });
});

describe("a handler behind the CDN", () => {
  const ipSeenBy = async (originSecret: (() => Promise<string>) | undefined, event = through("198.51.100.10:1")) => {
    let ip = "";
    const handler = withViewerAddress(async (seen) => {
      ip = readCaller(seen).ip;
      return { statusCode: 204, body: "" };
    }, originSecret);
    await handler(event, {});
    return ip;
  };

  it("is called with the viewer's address", async () => {
    expect(await ipSeenBy(async () => SECRET)).toBe("198.51.100.10");
  });

  it("is called with the address of the CDN if the secret cannot be read or the stack has no CDN", async () => {
    expect(await ipSeenBy(() => Promise.reject(new Error("throttled")))).toBe(EDGE);
    expect(await ipSeenBy(undefined)).toBe(EDGE);
  });

  it("reads no secret for a request without one", async () => {
    expect(await ipSeenBy(() => Promise.reject(new Error("read")), aRequest({ ip: EDGE }))).toBe(EDGE);
  });
});
