import { describe, expect, it } from "vitest";
import { toNetwork } from "../../../shared/throttle/network-address.ts";

describe("the network of an address (B1)", () => {
  it.each([
    ["203.0.113.7", "203.0.113.7"],
    ["::ffff:203.0.113.7", "203.0.113.7"],
    ["::ffff:cb00:7107", "203.0.113.7"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:0DB8:0001:0002::1", "2001:db8:1:2::/64"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["2001:db8:1:2:ffff:ffff:192.0.2.1.", "2001:db8:1:2:ffff:ffff:192.0.2.1."],
    ["64:ff9b::192.0.2.33", "64:ff9b:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["::", "0:0:0:0::/64"],
    ["1::", "1:0:0:0::/64"],
    ["test-invoke-source-ip", "test-invoke-source-ip"],
    ["", ""],
  ])("of %j is %j", (ip, network) => {
    expect(toNetwork(ip)).toBe(network);
  });

  it("is the same for all addresses of a /64, and different for the next /64", () => {
    const addresses = ["2001:db8:a:b::1", "2001:db8:a:b:ffff::", "2001:db8:a:b:1:2:3:4", "2001:DB8:A:B::192.0.2.1"];
    expect(new Set(addresses.map(toNetwork)).size).toBe(1);
    expect(toNetwork("2001:db8:a:c::1")).not.toBe(toNetwork("2001:db8:a:b::1"));
  });
});
