import { describe, expect, it } from "vitest";
import { ACCESS_COOKIE } from "../../../shared/http/cookies.ts";
import { deriveCsrfToken, hashCsrfToken } from "../../../shared/tokens/csrf-token.ts";
import { httpApi1, httpApi2, restRequest } from "../../support/authorizer-events.ts";
import { aKeyRing, anAccessKey } from "../../support/keys.ts";
import { anAccessToken, aSubject } from "../../support/tokens.ts";
import { anAuthorizer, getOutcome } from "./an-authorizer.ts";

const accessKey = anAccessKey("EdDSA");
const csrfToken = deriveCsrfToken(aSubject().sessionId, aKeyRing({ access: accessKey }));
const ofCookie = await anAccessToken(accessKey, { subject: { csrfHash: hashCsrfToken(csrfToken) } });
const headers = { Cookie: `${ACCESS_COOKIE}=${ofCookie}` };

const authorize = (event: unknown) => getOutcome(anAuthorizer(accessKey)(event));

const SAFE = ["GET", "HEAD", "OPTIONS"];
const UNSAFE = ["POST", "PUT", "PATCH", "DELETE"];
/** Registered or invented methods that this service knows nothing about, and other spellings of safe ones. */
const UNKNOWN = ["TRACE", "CONNECT", "PROPFIND", "QUERY", "PURGE", "ANY", "get", "", "GET, POST"];

describe("a request with a session in cookies and without the CSRF token", () => {
  it.each([
    ["REST REQUEST", restRequest],
    ["HTTP API 1.0", httpApi1],
    ["HTTP API 2.0", httpApi2],
  ])("is allowed by a safe method only, and not by an unknown one: %s (C3)", async (_, event) => {
    const outcomes = (methods: readonly string[]) =>
      Promise.all(methods.map((method) => authorize(event({ method, headers }))));
    expect(await outcomes(SAFE)).toEqual(SAFE.map(() => "allowed"));
    expect(await outcomes([...UNSAFE, ...UNKNOWN])).toEqual([...UNSAFE, ...UNKNOWN].map(() => 403));
  });

  it.each([
    ["REST REQUEST", { ...restRequest({ headers }), httpMethod: undefined }],
    ["REST REQUEST with null", { ...restRequest({ headers }), httpMethod: null }],
    ["HTTP API 1.0", { ...httpApi1({ headers }), httpMethod: undefined }],
    ["HTTP API 2.0", { ...httpApi2({ headers }), requestContext: { http: {} } }],
    ["HTTP API 2.0 without a context", { ...httpApi2({ headers }), requestContext: undefined }],
  ])("is denied if the event names no method: %s (C3)", async (_, event) => {
    expect(await authorize(event)).toBe(403);
  });
});
