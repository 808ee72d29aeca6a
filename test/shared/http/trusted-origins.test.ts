import { describe, expect, it } from "vitest";
import { requestHeaders } from "../../../shared/http/header-values.ts";
import { isTrustedOrigin, type TrustedOrigins } from "../../../shared/http/trusted-origins.ts";

const trusted: TrustedOrigins = {
  issuer: "https://auth.example.com/prod",
  allowedOrigins: ["https://app.example.com"],
};

/** `Origin`, `Sec-Fetch-Site` and `Host` of a request; a list is a header that comes more than once. */
type Told = { readonly origin?: string | string[]; readonly fetchSite?: string | string[]; readonly host?: string };

const isOwn = ({ origin, fetchSite, host }: Told, of = trusted): boolean => {
  const headers = Object.entries({ Origin: origin, "Sec-Fetch-Site": fetchSite, Host: host });
  const multiValueHeaders = Object.fromEntries(
    headers.map(([name, value]) => [name, value === undefined ? null : [value].flat()]),
  );
  return isTrustedOrigin(requestHeaders({ multiValueHeaders }), of);
};

describe("the origin of a request", () => {
  it.each<[string, Told]>([
    ["the issuer's origin", { origin: "https://auth.example.com", fetchSite: "same-origin" }],
    ["an allowed origin of the same site", { origin: "https://app.example.com", fetchSite: "same-site" }],
    ["the host that was called", { origin: "https://d1.cloudfront.net", host: "d1.cloudfront.net" }],
    ["an allowed origin, told by a browser without Fetch Metadata", { origin: "https://app.example.com" }],
    ["our own origin, told by Fetch Metadata alone", { fetchSite: "same-origin" }],
    ["the user, by a bookmark", { fetchSite: "none" }],
    ["a client that is no browser", {}],
  ])("is trusted for %s", (_, told) => {
    expect(isOwn(told)).toBe(true);
  });

  it.each<[string, Told]>([
    ["a foreign origin", { origin: "https://evil.example" }],
    ["a foreign origin that claims to be the same", { origin: "https://evil.example", fetchSite: "same-origin" }],
    ["a null origin", { origin: "null" }],
    ["a null origin that claims to be the same", { origin: "null", fetchSite: "same-origin" }],
    ["an empty origin", { origin: "" }],
    ["another site", { fetchSite: "cross-site" }],
    ["another site, though its origin is allowed", { origin: "https://app.example.com", fetchSite: "cross-site" }],
    ["the same site without an origin", { fetchSite: "same-site" }],
    ["an origin of the same site that is not allowed", { origin: "https://blog.example.com", fetchSite: "same-site" }],
    ["our host without TLS", { origin: "http://auth.example.com", host: "auth.example.com" }],
    ["our host on another port", { origin: "https://auth.example.com:8443", host: "auth.example.com" }],
    ["an origin that begins like ours", { origin: "https://auth.example.com.evil.example" }],
    ["an origin that ends like ours", { origin: "https://evil-auth.example.com" }],
    ["our origin with a path", { origin: "https://auth.example.com/" }],
    ["our origin in another case", { origin: "https://AUTH.example.com" }],
    ["an origin where no host is told", { origin: "https://undefined" }],
    ["two origins, one of them ours", { origin: ["https://auth.example.com", "https://evil.example"] }],
    ["two origins in one header", { origin: "https://auth.example.com,https://evil.example" }],
    ["two values of Sec-Fetch-Site", { fetchSite: ["same-origin", "cross-site"] }],
    ["an unknown value of Sec-Fetch-Site", { origin: "https://auth.example.com", fetchSite: "other" }],
  ])("is not trusted for %s (C4)", (_, told) => {
    expect(isOwn(told)).toBe(false);
  });

  it.each([
    "capacitor://localhost",
    "tauri://localhost",
    "http://tauri.localhost",
    "https://tauri.localhost",
    "https://app.localhost:8443",
    "chrome-extension://abcdefghijklmnopabcdefghijklmnop",
  ])("is not trusted for the app of the allowed origin %s, which has no session in cookies (C4)", (origin) => {
    const withApp = { ...trusted, allowedOrigins: [origin, ...trusted.allowedOrigins] };
    expect(isOwn({ origin }, withApp)).toBe(false);
    expect(isOwn({ origin, fetchSite: "same-origin" }, withApp)).toBe(false);
    expect(isOwn({ origin: "https://app.example.com" }, withApp)).toBe(true);
  });

  it("is trusted on the developer's machine by any of its names, on the port that was called", () => {
    const local = { issuer: "http://127.0.0.1:3000", allowedOrigins: [] };
    expect(isOwn({ origin: "http://localhost:3000", host: "localhost:3000" }, local)).toBe(true);
    expect(isOwn({ origin: "http://localhost:5173", host: "localhost:3000" }, local)).toBe(false);
  });
});
