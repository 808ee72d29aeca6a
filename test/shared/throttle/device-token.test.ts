import { describe, expect, it } from "vitest";
import type { UserId } from "../../../shared/ids.ts";
import {
  DEVICE_TOKEN_SECONDS,
  type DeviceCredentials,
  signDeviceToken,
  verifyDeviceToken,
} from "../../../shared/throttle/device-token.ts";
import { addSeconds } from "../../../shared/time.ts";
import { NOW } from "../../support/time.ts";

const ring = { rootSecret: "p".repeat(64) };
const credentials: DeviceCredentials = { userId: "user" as UserId, credentialVersion: 3, deviceEpoch: 2 };
const token = signDeviceToken("account", credentials, ring, NOW);
const verify = (presented: string | undefined, account = "account", seconds = 0, by = ring) =>
  verifyDeviceToken(presented, account, by, addSeconds(NOW, seconds));

describe("a device token", () => {
  it("is valid for its account until half a year after the last login (B4)", () => {
    expect(verify(token)?.isIssuedUnder(credentials)).toBe(true);
    expect(verify(token, "account", DEVICE_TOKEN_SECONDS - 1)).toBeDefined();
    expect(verify(token, "account", DEVICE_TOKEN_SECONDS)).toBeUndefined();
  });

  it.each<[string, Partial<DeviceCredentials>]>([
    ["a password change or a disablement", { credentialVersion: 4 }],
    ["a logout-all", { deviceEpoch: 3 }],
    ["another account with the same address", { userId: "user of later" as UserId }],
  ])("is not valid after %s (O4)", (_, changes) => {
    expect(verify(token)?.isIssuedUnder({ ...credentials, ...changes })).toBe(false);
  });

  it("takes an account without an epoch as one that never logged out everywhere", () => {
    const { deviceEpoch: _, ...fresh } = credentials;
    const first = signDeviceToken("account", fresh, ring, NOW);
    expect(verify(first)?.isIssuedUnder({ ...fresh, deviceEpoch: 0 })).toBe(true);
    expect(verify(first)?.isIssuedUnder({ ...fresh, deviceEpoch: 1 })).toBe(false);
  });

  const [endsAt = "", hash = "", mac = ""] = token.split(".");
  it.each<[string, string | undefined, string?]>([
    ["nothing", undefined],
    ["an empty text", ""],
    ["another account's", token, "another"],
    ["one with a later end", `${Number(endsAt) + 1}.${hash}.${mac}`],
    ["one of other credentials", `${endsAt}.${"A".repeat(43)}.${mac}`],
    ["one with another signature", `${endsAt}.${hash}.${"A".repeat(43)}`],
    ["one with more behind it", `${token}A`],
    ["one with a line break", `${token}\n`],
    ["one in pieces", `${endsAt}.${hash}`],
    ["a huge one", "x".repeat(100_000)],
  ])("is not %s", (_, presented, account) => {
    expect(verify(presented, account)).toBeUndefined();
  });

  it("is not one that another root secret signed", () => {
    expect(verify(token, "account", 0, { rootSecret: "q".repeat(64) })).toBeUndefined();
  });
});
