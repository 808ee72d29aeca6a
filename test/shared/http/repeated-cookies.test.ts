import { describe, expect, it } from "vitest";
import { ACCESS_COOKIE, DEVICE_COOKIE, REFRESH_COOKIE, readCookies } from "../../../shared/http/cookies.ts";

describe("a cookie that a request has twice", () => {
  it.each([
    ["access", ACCESS_COOKIE],
    ["refresh", REFRESH_COOKIE],
    ["device", DEVICE_COOKIE],
  ] as const)("is not taken: %s, in one header and in two, with equal and other values (C6)", (name, cookie) => {
    const [one, other] = [`${cookie}=one`, `${cookie}=other`];
    expect(readCookies([one])[name]).toBe("one");
    for (const headers of [[`${one}; ${other}`], [one, other], [`${one}; ${one}`]]) {
      expect(readCookies(headers)[name], headers.join(" | ")).toBeUndefined();
    }
  });
});
