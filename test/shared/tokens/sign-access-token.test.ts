import { describe, expect, it } from "vitest";
import { addSeconds } from "../../../shared/time.ts";
import { anAccessKey } from "../../support/keys.ts";
import { NOW } from "../../support/time.ts";
import { anAccessToken, aSubject } from "../../support/tokens.ts";

const key = anAccessKey("ES256", "key");

const toParts = async (...options: Parameters<typeof anAccessToken> extends [unknown, ...infer Rest] ? Rest : never) =>
  (await anAccessToken(key, ...options))
    .split(".")
    .slice(0, 2)
    .map((part): Record<string, unknown> => JSON.parse(Buffer.from(part, "base64url").toString()));

describe("an access token", () => {
  it("has a header of only alg, typ and kid (T1, T4)", async () => {
    const [header] = await toParts();
    expect(header).toEqual({ alg: "ES256", typ: "at+jwt", kid: "key" });
  });

  it("has these claims and no others: no address, no name (T2, T8)", async () => {
    const [, claims = {}] = await toParts();
    const standard = ["iss", "aud", "sub", "jti", "iat", "exp", "client_id", "scope", "auth_time"];
    expect(Object.keys(claims).sort()).toEqual([...standard, "sid", "roles", "cv"].sort());
  });

  it("has one audience as text and several as a list (T2)", async () => {
    const [, one] = await toParts();
    const [, two] = await toParts({ settings: { audiences: ["latchkey", "billing"] } });
    expect([one?.["aud"], two?.["aud"]]).toEqual(["latchkey", ["latchkey", "billing"]]);
  });

  it("has scopes separated by spaces, and roles as a list (RFC 6749 3.3)", async () => {
    const [, claims] = await toParts({ settings: { scopes: ["account", "billing"] }, subject: { roles: ["a", "b"] } });
    expect(claims).toMatchObject({ scope: "account billing", roles: ["a", "b"] });
  });

  it("has the time at which the password was proved in auth_time (RFC 9068 2.2.1)", async () => {
    const [, claims] = await toParts({ subject: { authenticatedAt: addSeconds(NOW, -86_400) } });
    expect(claims).toMatchObject({ auth_time: NOW - 86_400, iat: NOW, exp: NOW + 900, sub: aSubject().userId });
  });
});
