import { expect, it } from "vitest";
import { requestHeaders } from "../../../shared/http/header-values.ts";
import { isTrustedOrigin } from "../../../shared/http/trusted-origins.ts";

const ORIGIN = "https://auth.example.com";
const SITE = { issuer: `${ORIGIN}/prod`, allowedOrigins: [] };
const GOOD = { Origin: [ORIGIN], "Sec-Fetch-Site": ["same-origin"], Host: ["auth.example.com"] };

it("a request with one value of each header that tells its origin is trusted", () => {
  expect(isTrustedOrigin(requestHeaders({ multiValueHeaders: GOOD }), SITE)).toBe(true);
});

it.each(["Origin", "Sec-Fetch-Site", "Host"] as const)(
  "a request with two values of %s is not trusted, and not an error, equal values included (C7)",
  (name) => {
    const [value = ""] = GOOD[name];
    for (const values of [
      [value, value],
      [value, "other"],
      ["other", value],
    ]) {
      const multiValueHeaders = { ...GOOD, [name]: values };
      expect(isTrustedOrigin(requestHeaders({ multiValueHeaders }), SITE)).toBe(false);
    }
    // An HTTP API joins them by a comma.
    const headers = { origin: ORIGIN, "sec-fetch-site": "same-origin", host: "auth.example.com" };
    expect(isTrustedOrigin(requestHeaders({ headers }), SITE)).toBe(true);
    const joined = { ...headers, [name.toLowerCase()]: `${value},${value}` };
    expect(isTrustedOrigin(requestHeaders({ headers: joined }), SITE)).toBe(false);
  },
);
