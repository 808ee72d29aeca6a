import { describe, expect, it } from "vitest";
import { createAuthorizer } from "../../../functions/authorizer/handler.ts";
import type { PolicyResponse, SimpleResponse } from "../../../functions/authorizer/response.ts";
import { ACCESS_COOKIE, REFRESH_COOKIE } from "../../../shared/http/cookies.ts";
import { stateless } from "../../../shared/sessions/authorize.ts";
import { deriveCsrfToken, hashCsrfToken } from "../../../shared/tokens/csrf-token.ts";
import { verifyAccessToken } from "../../../shared/tokens/verify-access-token.ts";
import { restRequest } from "../../support/authorizer-events.ts";
import { aKeyRing, anAccessKey, publishedSet } from "../../support/keys.ts";
import { NOW } from "../../support/time.ts";
import { anAccessToken, aSubject, verifierSettings } from "../../support/tokens.ts";

const A = "https://app.example.com";
const B = "https://other.example.com";
const APP = "capacitor://localhost";

const key = anAccessKey("EdDSA");
const keys = await publishedSet(key);
const csrfHash = hashCsrfToken(deriveCsrfToken(aSubject().sessionId, aKeyRing({ access: key })));
const bearer = await anAccessToken(key);
const inCookie = await anAccessToken(key, { subject: { csrfHash } });

const authorizer = (requiredScopes: readonly string[] = []) =>
  createAuthorizer({
    verify: (token) => verifyAccessToken(token, async (kid) => keys.get(kid), verifierSettings, NOW),
    isRevoked: stateless,
    requiredScopes,
    trustedOrigins: { issuer: "https://auth.example.com", allowedOrigins: [A, B, APP] },
    ownApiId: OWN_API_ID,
  });

const anEvent = restRequest({});
const OWN_API_ID = String(anEvent["methodArn"]).split(":")[5]?.split("/")[0] ?? "";
const toEvent = (headers: Readonly<Record<string, string>>, method = "GET") => restRequest({ method, headers });

const getPolicy = async (response: Promise<PolicyResponse | SimpleResponse>) => {
  const policy = await response;
  if ("isAuthorized" in policy) throw new Error("A REST API needs a policy");
  return { effect: policy.policyDocument.Statement[0].Effect, context: policy.context };
};

describe("the authorizer, for Latchkey's own API,", () => {
  it.each([
    ["no credential", {}, "Bearer"],
    ["a refresh cookie alone", { Cookie: `${REFRESH_COOKIE}=x` }, "Bearer"],
    ["an empty Authorization header", { Authorization: "" }, 'Bearer error="invalid_token"'],
    ["another scheme", { Authorization: "Basic YTpi" }, 'Bearer error="invalid_token"'],
    ["a bad token", { Authorization: "Bearer a.b.c" }, 'Bearer error="invalid_token"'],
    ["a bad access cookie", { Cookie: `${ACCESS_COOKIE}=a.b.c` }, 'Bearer error="invalid_token"'],
  ])("denies %s with its challenge (A1)", async (_, headers, challenge) => {
    const { effect, context } = await getPolicy(authorizer()(toEvent(headers)));
    expect(effect).toBe("Deny");
    expect(context).toMatchObject({
      denial: "invalid_token",
      denial_description: expect.stringMatching(/./),
      challenge,
    });
  });

  it.each([
    [A, { allow_origin: A, allow_credentials: "true" }],
    [B, { allow_origin: B, allow_credentials: "true" }],
    [APP, { allow_origin: APP }],
    ["https://evil.example", {}],
    ["null", {}],
    ["*", {}],
  ])("names the origin %s only if it is allowed (C5)", async (Origin, expected) => {
    const { context } = await getPolicy(authorizer()(toEvent({ Origin })));
    const { allow_origin, allow_credentials } = { allow_origin: undefined, allow_credentials: undefined, ...context };
    expect({ allow_origin, allow_credentials }).toEqual({
      allow_origin: undefined,
      allow_credentials: undefined,
      ...expected,
    });
  });

  it("allows a request that is a 403, with the denial in the context for the function behind the route (C3)", async () => {
    const csrf = await getPolicy(authorizer()(toEvent({ Cookie: `${ACCESS_COOKIE}=${inCookie}` }, "POST")));
    expect(csrf).toMatchObject({ effect: "Allow", context: { denial: "csrf_failed", sid: aSubject().sessionId } });
    expect(csrf.context).not.toHaveProperty("challenge");
    const scope = await getPolicy(authorizer(["admin"])(toEvent({ Authorization: `Bearer ${bearer}` })));
    expect(scope).toMatchObject({
      effect: "Allow",
      context: { denial: "insufficient_scope", challenge: 'Bearer error="insufficient_scope"' },
    });
  });

  it("gives no scope and no roles with a denial (A6)", async () => {
    const { context } = await getPolicy(authorizer()(toEvent({ Cookie: `${ACCESS_COOKIE}=${inCookie}` }, "POST")));
    expect(Object.keys(context)).not.toContain("scope");
    expect(Object.keys(context)).not.toContain("roles");
  });

  it("throws and denies for any other API, which has no gateway response of ours (A1)", async () => {
    const other = (headers: Readonly<Record<string, string>>, method = "GET") => ({
      ...toEvent(headers, method),
      methodArn: String(anEvent["methodArn"]).replace(OWN_API_ID, "anotherapi"),
    });
    await expect(authorizer()(other({}))).rejects.toThrow(/^Unauthorized$/);
    expect(await getPolicy(authorizer()(other({ Cookie: `${ACCESS_COOKIE}=${inCookie}` }, "POST")))).toMatchObject({
      effect: "Deny",
      context: { denial: "csrf_failed" },
    });
  });
});
