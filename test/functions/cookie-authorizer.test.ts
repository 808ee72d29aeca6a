import { describe, expect, it } from "vitest";
import { createAuthorizer } from "../../functions/authorizer/handler.ts";
import { ACCESS_COOKIE } from "../../shared/http/cookies.ts";
import { stateless } from "../../shared/sessions/authorize.ts";
import { deriveCsrfToken, hashCsrfToken } from "../../shared/tokens/csrf-token.ts";
import { verifyAccessToken } from "../../shared/tokens/verify-access-token.ts";
import {
  type ClientRequest,
  EVENT_SHAPES,
  restRequest,
  restToken,
  webSocketConnect,
} from "../support/authorizer-events.ts";
import { aKeyRing, anAccessKey, publishedSet } from "../support/keys.ts";
import { NOW } from "../support/time.ts";
import { anAccessToken, aSubject, verifierSettings } from "../support/tokens.ts";

const OWN_ORIGIN = "https://auth.example.com";
const ALLOWED_ORIGIN = "https://app.example.com";

const accessKey = anAccessKey("EdDSA");
const keys = await publishedSet(accessKey);
const csrfToken = deriveCsrfToken(aSubject().sessionId, aKeyRing({ access: accessKey }));
const ofCookie = await anAccessToken(accessKey, { subject: { csrfHash: hashCsrfToken(csrfToken) } });
const ofBearer = await anAccessToken(accessKey);
const ofExpiredCookie = await anAccessToken(accessKey, {
  lifeSeconds: -10,
  subject: { csrfHash: hashCsrfToken(csrfToken) },
});

const authorizer = createAuthorizer({
  verify: (token) => verifyAccessToken(token, async (kid) => keys.get(kid), verifierSettings, NOW),
  isRevoked: stateless,
  requiredScopes: [],
  trustedOrigins: { issuer: OWN_ORIGIN, allowedOrigins: [ALLOWED_ORIGIN] },
});

/** The outcome of a request: 401 if the kind of API supports it, 403, or the caller in the context of an Allow. */
const getOutcome = async (event: unknown): Promise<string> => {
  try {
    const response = await authorizer(event);
    if ("isAuthorized" in response) return response.isAuthorized ? `allowed ${response.context?.sub}` : "denied";
    const [{ Effect }] = response.policyDocument.Statement;
    if ("denial" in response.context) return Effect === "Deny" ? response.context.denial : "allowed by mistake";
    return Effect === "Allow" ? `allowed ${response.context.sub}` : "denied by mistake";
  } catch (error) {
    if (error instanceof Error && error.message === "Unauthorized") return "unauthorized";
    throw error;
  }
};

const ALLOWED = `allowed ${aSubject().userId}`;
const cookie = (token: string): string => `${ACCESS_COOKIE}=${token}`;

type Headers = NonNullable<ClientRequest["headers"]>;

const inCookie: Headers = { Cookie: cookie(ofCookie) };
const proof: Headers = { "X-CSRF-Token": csrfToken, Origin: OWN_ORIGIN, "Sec-Fetch-Site": "same-origin" };

/** The kinds of events that contain cookies and methods. */
const REQUESTS = EVENT_SHAPES.filter(({ shape }) => shape !== "REST TOKEN" && shape !== "WebSocket $connect");
/** The text of each rejection. An HTTP API has no text for one. */
const words = {
  throws: ["unauthorized", "csrf_failed"],
  denies: ["invalid_token", "csrf_failed"],
  "says no": ["denied", "denied"],
};

describe.each(REQUESTS)("a session in cookies on $shape", ({ event, rejection }) => {
  const [unauthorized, forbidden] = words[rejection];

  it.each(["GET", "HEAD", "OPTIONS"])("allows %s with the cookie alone (A4)", async (method) => {
    expect(await getOutcome(event({ method, headers: inCookie }))).toBe(ALLOWED);
    const foreign = { ...inCookie, Origin: "https://evil.example", "Sec-Fetch-Site": "cross-site" };
    expect(await getOutcome(event({ method, headers: foreign }))).toBe(ALLOWED);
  });

  it.each(["POST", "PUT", "PATCH", "DELETE", "get", "BREW"])(
    "allows %s only if the request passes the CSRF check (C3)",
    async (method) => {
      expect(await getOutcome(event({ method, headers: { ...inCookie, ...proof } }))).toBe(ALLOWED);
      expect(await getOutcome(event({ method, headers: inCookie }))).toBe(forbidden);
    },
  );

  it.each<[string, Headers]>([
    ["the CSRF token is missing (C3)", { Origin: OWN_ORIGIN }],
    ["the CSRF token is another (C3)", { ...proof, "X-CSRF-Token": `${csrfToken.slice(0, -1)}_` }],
    ["the CSRF token is its hash (C3)", { ...proof, "X-CSRF-Token": hashCsrfToken(csrfToken) }],
    ["the CSRF token is there twice (C3)", { ...proof, "X-CSRF-Token": [csrfToken, csrfToken] }],
    ["the origin is foreign (C4)", { ...proof, Origin: "https://evil.example" }],
    ["the origin is null (C4)", { ...proof, Origin: "null" }],
    ["there are two origins (C4)", { ...proof, Origin: [OWN_ORIGIN, "https://evil.example"] }],
    ["there are two equal origins (C7)", { ...proof, Origin: [OWN_ORIGIN, OWN_ORIGIN] }],
    ["Sec-Fetch-Site is there twice (C7)", { ...proof, "Sec-Fetch-Site": ["same-origin", "same-origin"] }],
    [
      "there are two hosts, the first of them the origin's (C7)",
      { "X-CSRF-Token": csrfToken, Origin: "https://api.example.net", Host: ["api.example.net", "evil.example"] },
    ],
    ["it comes from another site (C4)", { "X-CSRF-Token": csrfToken, "Sec-Fetch-Site": "cross-site" }],
    [
      "it comes from the same site without an origin (C4)",
      { "X-CSRF-Token": csrfToken, "Sec-Fetch-Site": "same-site" },
    ],
  ])("is rejected if %s", async (_, headers) => {
    expect(await getOutcome(event({ method: "POST", headers: { ...inCookie, ...headers } }))).toBe(forbidden);
  });

  it.each<[string, Headers]>([
    [
      "a page of an allowed origin",
      { "X-CSRF-Token": csrfToken, Origin: ALLOWED_ORIGIN, "Sec-Fetch-Site": "same-site" },
    ],
    [
      "a page served by the API's own host",
      {
        "X-CSRF-Token": csrfToken,
        Origin: "https://abcdef1234.execute-api.eu-central-1.amazonaws.com",
      },
    ],
    ["a client that is no browser", { "X-CSRF-Token": csrfToken }],
    ["header names in any case", { "x-csrf-TOKEN": csrfToken, ORIGIN: OWN_ORIGIN, "SEC-FETCH-SITE": "same-origin" }],
  ])("is allowed for %s (A5)", async (_, headers) => {
    expect(await getOutcome(event({ method: "POST", headers: { ...inCookie, ...headers } }))).toBe(ALLOWED);
  });

  it.each<[string, Headers]>([
    ["no credential at all", {}],
    ["an expired token", { Cookie: cookie(ofExpiredCookie) }],
    ["junk", { Cookie: cookie("junk") }],
    ["nothing in the cookie", { Cookie: cookie("") }],
    ["the cookie twice", { Cookie: `${cookie(ofCookie)}; ${cookie(ofCookie)}` }],
    ["the token in the refresh cookie", { Cookie: `__Host-latchkey-refresh=${ofCookie}` }],
    ["a cookie without its prefix", { Cookie: `latchkey-access=${ofCookie}` }],
    ["ten kilobytes", { Cookie: cookie("a".repeat(9000)) }],
    ["a bearer's token in the cookie", { Cookie: cookie(ofBearer) }],
    ["the cookie's token as a bearer's", { Authorization: `Bearer ${ofCookie}` }],
    ["junk in Authorization beside a good cookie", { ...inCookie, Authorization: "Bearer junk" }],
    ["an empty Authorization beside a good cookie", { ...inCookie, Authorization: "" }],
    ["another scheme beside a good cookie", { ...inCookie, Authorization: "Basic anVuazpqdW5r" }],
    [
      "a bearer's token twice beside a good cookie",
      { ...inCookie, Authorization: [`Bearer ${ofBearer}`, `Bearer ${ofBearer}`] },
    ],
    ["the cookie behind a no-break space", { Cookie: `\u00a0${cookie(ofCookie)}` }],
    ["the cookie behind a no-break space in bytes of UTF-8", { Cookie: `a=b; \u00c2\u00a0${cookie(ofCookie)}` }],
    ["junk in both", { Cookie: cookie("junk"), Authorization: "junk" }],
  ])("is 401 for %s, with and without a CSRF token (A1, A5, C4, C6, T8)", async (_, headers) => {
    expect(await getOutcome(event({ method: "POST", headers: { ...proof, ...headers } }))).toBe(unauthorized);
    expect(await getOutcome(event({ method: "GET", headers }))).toBe(unauthorized);
  });

  it("uses the cookie although another host planted one behind a no-break space (C7)", async () => {
    const headers = { Cookie: `\u00a0${cookie(ofBearer)}; ${cookie(ofCookie)}; \u00a0${cookie("junk")}` };
    expect(await getOutcome(event({ method: "GET", headers }))).toBe(ALLOWED);
  });

  it("ignores cookies and needs no CSRF token if the request has a bearer token (C4)", async () => {
    const headers = { Cookie: cookie("junk"), Authorization: `Bearer ${ofBearer}`, Origin: "https://evil.example" };
    expect(await getOutcome(event({ method: "POST", headers }))).toBe(ALLOWED);
  });
});

describe("a session in cookies on a WebSocket's $connect", () => {
  it.each([OWN_ORIGIN, ALLOWED_ORIGIN])("is allowed for a page of %s (C4)", async (origin) => {
    expect(await getOutcome(webSocketConnect({ headers: { ...inCookie, Origin: origin } }))).toBe(ALLOWED);
  });

  it.each<[string, Headers]>([
    ["a foreign page", { Origin: "https://evil.example" }],
    ["two pages of ours", { Origin: [OWN_ORIGIN, ALLOWED_ORIGIN] }],
    ["a foreign page, whatever token it sends", { Origin: "https://evil.example", "X-CSRF-Token": csrfToken }],
    ["a page without origin", { Origin: "null" }],
    ["a request without Origin", {}],
    ["another site that claims our origin", { Origin: OWN_ORIGIN, "Sec-Fetch-Site": "cross-site" }],
  ])("is rejected for %s (C4)", async (_, headers) => {
    expect(await getOutcome(webSocketConnect({ headers: { ...inCookie, ...headers } }))).toBe("csrf_failed");
  });

  it("needs no origin from a bearer", async () => {
    const headers = { Authorization: `Bearer ${ofBearer}`, Origin: "https://evil.example" };
    expect(await getOutcome(webSocketConnect({ headers }))).toBe(ALLOWED);
  });
});

describe("the context of a denial", () => {
  it("describes csrf_failed for the gateway response, and names no caller (C3)", async () => {
    expect(await authorizer(restRequest({ method: "POST", headers: inCookie }))).toMatchObject({
      principalId: "anonymous",
      policyDocument: { Statement: [{ Effect: "Deny" }] },
      context: {
        denial: "csrf_failed",
        denial_description: expect.stringContaining("site"),
        // For the access log (G2).
        sub: expect.any(String),
        sid: expect.any(String),
      },
    });
  });

  it("rejects the token of a cookie session on a TOKEN authorizer, which sees no cookies (T8)", async () => {
    expect(await getOutcome(restToken({ headers: { Authorization: `Bearer ${ofCookie}`, ...inCookie } }))).toBe(
      "unauthorized",
    );
    expect(await getOutcome(restToken({ headers: { Authorization: `Bearer ${ofBearer}` } }))).toBe(ALLOWED);
  });
});
