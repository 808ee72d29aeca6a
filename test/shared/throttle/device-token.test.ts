import { describe, expect, it } from "vitest";
import { DEVICE_TOKEN_SECONDS, signDeviceToken, verifyDeviceToken } from "../../../shared/throttle/device-token.ts";
import { addSeconds } from "../../../shared/time.ts";
import { NOW } from "../../support/time.ts";

const ring = { rootSecret: "p".repeat(64) };
const token = signDeviceToken("account", undefined, ring, NOW);
const verify = (presented: string | undefined, account = "account", seconds = 0, by = ring) =>
  verifyDeviceToken(presented, account, by, addSeconds(NOW, seconds));

describe("a device token (B4)", () => {
  it("is good for its account until half a year after the last login", () => {
    expect(verify(token)).toEqual({ deviceId: token.split(".")[0] });
    expect(verify(token, "account", DEVICE_TOKEN_SECONDS - 1)).toBeDefined();
    expect(verify(token, "account", DEVICE_TOKEN_SECONDS)).toBeUndefined();
  });

  it("names another device each time, and the same one when it is renewed", () => {
    expect(signDeviceToken("account", undefined, ring, NOW)).not.toBe(token);
    const renewed = signDeviceToken("account", verify(token), ring, addSeconds(NOW, 60));
    expect(renewed).not.toBe(token);
    expect(verify(renewed)).toEqual(verify(token));
  });

  const [deviceId = "", endsAt = "", mac = ""] = token.split(".");
  it.each<[string, string | undefined, string?]>([
    ["nothing", undefined],
    ["an empty text", ""],
    ["another account's", token, "another"],
    ["one with a later end", `${deviceId}.${Number(endsAt) + 1}.${mac}`],
    ["one of another device", `${"A".repeat(22)}.${endsAt}.${mac}`],
    ["one with another signature", `${deviceId}.${endsAt}.${"A".repeat(43)}`],
    ["one with more behind it", `${token}A`],
    ["one with a line break", `${token}\n`],
    ["one in pieces", `${deviceId}.${endsAt}`],
    ["a huge one", "x".repeat(100_000)],
  ])("is not %s", (_, presented, account) => {
    expect(verify(presented, account)).toBeUndefined();
  });

  it("is not one that another pepper signed", () => {
    expect(verify(token, "account", 0, { rootSecret: "q".repeat(64) })).toBeUndefined();
  });
});
