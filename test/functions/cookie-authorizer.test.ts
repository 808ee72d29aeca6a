import { describe, expect, it } from "vitest";
import { createAuthorizer } from "../../functions/authorizer/handler.ts";
import { ACCESS_COOKIE } from "../../shared/http/cookies.ts";
import { stateless } from "../../shared/sessions/authorize.ts";
import { csrfTokenOf, hashCsrfToken } from "../../shared/tokens/csrf-token.ts";
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
const csrfToken = csrfTokenOf(aSubject().sessionId, aKeyRing({ access: accessKey }));
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
  site: { issuer: OWN_ORIGIN, allowedOrigins: [ALLOWED_ORIGIN] },
});

/** What becomes of a request: 401 where the kind of API can say so, 403, or the caller it is let through as. */
const outcomeOf = async (event: unknown): Promise<string> => {
  try {
    const answer = await authorizer(event);
    if ("isAuthorized" in answer) return answer.isAuthorized ? `allowed ${answer.context?.sub}` : "denied";
    const [{ Effect }] = answer.policyDocument.Statement;
    if ("denial" in answer.context) return Effect === "Deny" ? answer.context.denial : "allowed by mistake";
    return Effect === "Allow" ? `allowed ${answer.context.sub}` : "denied by mistake";
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

/** The shapes whose events show cookies and methods. */
const REQUESTS = EVENT_SHAPES.filter(({ shape }) => shape !== "REST TOKEN" && shape !== "WebSocket $connect");
/** How each of them says it: an HTTP API knows no words for a refusal. */
const words = {
  throws: ["unauthorized", "csrf_failed"],
  denies: ["invalid_token", "csrf_failed"],
  "says no": ["denied", "denied"],
};

describe.each(REQUESTS)("a session in cookies on $shape", ({ event, refusal }) => {
  const [unauthorized, forbidden] = words[refusal];

  it.each(["GET", "HEAD", "OPTIONS"])("A4 reads by %s with the cookie alone", async (method) => {
    expect(await outcomeOf(event({ method, headers: inCookie }))).toBe(ALLOWED);
    const foreign = { ...inCookie, Origin: "https://evil.example", "Sec-Fetch-Site": "cross-site" };
    expect(await outcomeOf(event({ method, headers: foreign }))).toBe(ALLOWED);
  });

  it.each(["POST", "PUT", "PATCH", "DELETE", "get", "BREW"])("C3 changes by %s with proof alone", async (method) => {
    expect(await outcomeOf(event({ method, headers: { ...inCookie, ...proof } }))).toBe(ALLOWED);
    expect(await outcomeOf(event({ method, headers: inCookie }))).toBe(forbidden);
  });

  it.each<[string, Headers]>([
    ["C3 the CSRF token is missing", { Origin: OWN_ORIGIN }],
    ["C3 the CSRF token is another", { ...proof, "X-CSRF-Token": `${csrfToken.slice(0, -1)}_` }],
    ["C3 the CSRF token is its hash", { ...proof, "X-CSRF-Token": hashCsrfToken(csrfToken) }],
    ["C3 the CSRF token is there twice", { ...proof, "X-CSRF-Token": [csrfToken, csrfToken] }],
    ["C4 the origin is foreign", { ...proof, Origin: "https://evil.example" }],
    ["C4 the origin is null", { ...proof, Origin: "null" }],
    ["C4 there are two origins", { ...proof, Origin: [OWN_ORIGIN, "https://evil.example"] }],
    ["C4 it comes from another site", { "X-CSRF-Token": csrfToken, "Sec-Fetch-Site": "cross-site" }],
    ["C4 a neighbour does not name itself", { "X-CSRF-Token": csrfToken, "Sec-Fetch-Site": "same-site" }],
  ])("is refused when %s", async (_, headers) => {
    expect(await outcomeOf(event({ method: "POST", headers: { ...inCookie, ...headers } }))).toBe(forbidden);
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
  ])("A5 is let through for %s", async (_, headers) => {
    expect(await outcomeOf(event({ method: "POST", headers: { ...inCookie, ...headers } }))).toBe(ALLOWED);
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
    ["junk in both", { Cookie: cookie("junk"), Authorization: "junk" }],
  ])("A1 A5 C4 C6 T8 is 401 for %s, with proof or without", async (_, headers) => {
    expect(await outcomeOf(event({ method: "POST", headers: { ...proof, ...headers } }))).toBe(unauthorized);
    expect(await outcomeOf(event({ method: "GET", headers }))).toBe(unauthorized);
  });

  it("C4 looks at no cookie and asks for no proof beside a bearer's token", async () => {
    const headers = { Cookie: cookie("junk"), Authorization: `Bearer ${ofBearer}`, Origin: "https://evil.example" };
    expect(await outcomeOf(event({ method: "POST", headers }))).toBe(ALLOWED);
  });
});

describe("a session in cookies on a WebSocket's $connect", () => {
  it.each([OWN_ORIGIN, ALLOWED_ORIGIN])("C4 is let through for a page of %s", async (origin) => {
    expect(await outcomeOf(webSocketConnect({ headers: { ...inCookie, Origin: origin } }))).toBe(ALLOWED);
  });

  it.each<[string, Headers]>([
    ["a foreign page", { Origin: "https://evil.example" }],
    ["a foreign page, whatever token it sends", { Origin: "https://evil.example", "X-CSRF-Token": csrfToken }],
    ["a page without origin", { Origin: "null" }],
    ["who does not say where they are", {}],
    ["another site under our origin's name", { Origin: OWN_ORIGIN, "Sec-Fetch-Site": "cross-site" }],
  ])("C4 is refused for %s", async (_, headers) => {
    expect(await outcomeOf(webSocketConnect({ headers: { ...inCookie, ...headers } }))).toBe("csrf_failed");
  });

  it("asks a bearer for no origin", async () => {
    const headers = { Authorization: `Bearer ${ofBearer}`, Origin: "https://evil.example" };
    expect(await outcomeOf(webSocketConnect({ headers }))).toBe(ALLOWED);
  });
});

describe("what a denial says", () => {
  it("C3 names the missing proof in the words of the gateway's answer, and nobody as the caller", async () => {
    expect(await authorizer(restRequest({ method: "POST", headers: inCookie }))).toMatchObject({
      principalId: "anonymous",
      policyDocument: { Statement: [{ Effect: "Deny" }] },
      context: {
        ...{ denial: "csrf_failed", denial_description: expect.stringContaining("site") },
        // For the access log (G2).
        ...{ sub: expect.any(String), sid: expect.any(String) },
      },
    });
  });

  it("T8 refuses a cookie's token on a TOKEN authorizer, which sees no cookies", async () => {
    expect(await outcomeOf(restToken({ headers: { Authorization: `Bearer ${ofCookie}`, ...inCookie } }))).toBe(
      "unauthorized",
    );
    expect(await outcomeOf(restToken({ headers: { Authorization: `Bearer ${ofBearer}` } }))).toBe(ALLOWED);
  });
});
