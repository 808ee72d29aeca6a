import { describe, expect, it } from "vitest";
import { signRefreshToken } from "../../../shared/tokens/refresh-token.ts";
import { EVENT_SHAPES, httpApi2, restRequest, webSocketConnect } from "../../support/authorizer-events.ts";
import { anAccessKey, aRefreshKey } from "../../support/keys.ts";
import { mutatedTokens } from "../../support/mutated-tokens.ts";
import { NOW } from "../../support/time.ts";
import { anAccessToken, aSubject, refreshClaims } from "../../support/tokens.ts";
import { anAuthorizer, covers, getOutcome } from "./an-authorizer.ts";

const key = anAccessKey("ES256");
const token = await anAccessToken(key);
const authorize = anAuthorizer(key);
const bearer = { Authorization: `Bearer ${token}` };

const CONTEXT = {
  sub: aSubject().userId,
  sid: aSubject().sessionId,
  scope: "account",
  roles: "member",
  auth_time: NOW - 60,
};

/** The rejection that this kind of API expects. */
const rejected = { throws: 401, denies: 403, "says no": 403 } as const;

describe.each(EVENT_SHAPES)("a request of $shape", ({ event, rejection, stage }) => {
  it("with a good token is let through to the whole stage, and tells who it is (A1, A2)", async () => {
    const context = CONTEXT;
    const expected =
      rejection === "says no"
        ? { isAuthorized: true, context }
        : {
            principalId: context.sub,
            policyDocument: {
              Version: "2012-10-17",
              Statement: [{ Action: "execute-api:Invoke", Effect: "Allow", Resource: `${stage}/*` }],
            },
            context,
          };
    expect(await authorize(event({ headers: bearer }))).toEqual(expected);
  });

  it.each(["authorization", "AUTHORIZATION", "aUtHoRiZaTiOn"])("finds the header as %s (A5)", async (name) => {
    expect(await getOutcome(authorize(event({ headers: { [name]: `Bearer ${token}` } })))).toBe("allowed");
  });

  it.each(["bearer", "BEARER", "bEaReR"])("takes the scheme as %s (A5)", async (scheme) => {
    expect(await getOutcome(authorize(event({ headers: { Authorization: `${scheme} ${token}` } })))).toBe("allowed");
  });

  it.each([
    ["no header", {}],
    ["an empty header", { Authorization: "" }],
    ["a scheme alone", { Authorization: "Bearer" }],
    ["a scheme and a space", { Authorization: "Bearer " }],
    ["two words", { Authorization: "Bearer  x y" }],
    ["the token and a word", { Authorization: `Bearer ${token} y` }],
    ["the token alone", { Authorization: token }],
    ["Basic", { Authorization: `Basic ${Buffer.from("a:b").toString("base64")}` }],
    ["the token under another scheme", { Authorization: `DPoP ${token}` }],
    ["the token twice", { Authorization: `Bearer ${token}, Bearer ${token}` }],
    ["the token in quotes", { Authorization: `Bearer "${token}"` }],
    ["a line break", { Authorization: `Bearer ${token}\r\nX-User-Id: admin` }],
    ["text beyond ASCII", { Authorization: `Bearer ${token}é` }],
    ["a megabyte", { Authorization: `Bearer ${"x".repeat(1024 * 1024)}` }],
    ["the token in another header", { "X-Authorization": `Bearer ${token}`, "Proxy-Authorization": `Bearer ${token}` }],
    ["the word null", { Authorization: "null" }],
  ])("is rejected for %s, and never with a 5xx (A1, A5)", async (_case, headers) => {
    expect(await getOutcome(authorize(event({ headers })))).toBe(rejected[rejection]);
  });

  it("is a 403 and not a 401 if the token lacks a scope (A1)", async () => {
    const strict = anAuthorizer(key, { requiredScopes: ["account", "billing"] });
    expect(await getOutcome(strict(event({ headers: bearer })))).toBe(403);
    const both = await anAccessToken(key, { settings: { scopes: ["billing", "account"] } });
    expect(await getOutcome(strict(event({ headers: { Authorization: `Bearer ${both}` } })))).toBe("allowed");
  });

  it("does not take a part of a scope's name for the scope (A1)", async () => {
    const strict = anAuthorizer(key, { requiredScopes: ["acc"] });
    expect(await getOutcome(strict(event({ headers: bearer })))).toBe(403);
  });

  it("is rejected if its session was revoked (O2)", async () => {
    const asked: unknown[] = [];
    const revoked = anAuthorizer(key, {
      isRevoked: async (session) => {
        asked.push(session);
        return true;
      },
    });
    expect(await getOutcome(revoked(event({ headers: bearer })))).toBe(rejected[rejection]);
    expect(asked).toEqual([{ userId: CONTEXT.sub, sessionId: CONTEXT.sid, credentialVersion: 1 }]);
  });

  it("is a 500, neither allowed nor rejected, if the keys or the session cannot be read (A6)", async () => {
    const fails = async () => {
      throw new Error("cannot be read");
    };
    for (const changes of [{ verify: fails }, { isRevoked: fails }]) {
      expect(await getOutcome(anAuthorizer(key, changes)(event({ headers: bearer })))).toBe(500);
    }
  });

  it("gets nothing of what it claims about its user (A6)", async () => {
    const claims = {
      "X-User-Id": "admin",
      "X-User-Sub": "admin",
      "X-User-Roles": "admin",
      sub: "admin",
      roles: "admin",
    };
    const response = await authorize(event({ headers: { ...bearer, ...claims } }));
    expect(response.context).toEqual(CONTEXT);
    expect(JSON.stringify(response)).not.toContain("admin");
  });

  it("gets a context of strings, numbers and booleans only, because API Gateway passes no other values (A6)", async () => {
    const several = await anAccessToken(key, { subject: { roles: ["a", "b"] }, settings: { scopes: ["x", "y"] } });
    const response = await authorize(event({ headers: { Authorization: `Bearer ${several}` } }));
    expect(response.context).toMatchObject({ roles: "a b", scope: "x y" });
    for (const value of Object.values(response.context ?? {}))
      expect(typeof value).toMatch(/^(string|number|boolean)$/);
    expect(JSON.parse(JSON.stringify(response))).toEqual(response);
  });
});

describe.each(EVENT_SHAPES.filter(({ shape }) => !shape.startsWith("HTTP API 2")))(
  "a policy for $shape",
  ({ event, stage }) => {
    const getResource = async (effect: "Allow" | "Deny", path: string, method: string) => {
      const decide = effect === "Allow" ? authorize : anAuthorizer(key, { requiredScopes: ["billing"] });
      const response = await decide(event({ method, path, headers: bearer }));
      if (!("policyDocument" in response)) throw new Error("no policy");
      const [statement, ...others] = response.policyDocument.Statement;
      expect([statement.Effect, others]).toEqual([effect, []]);
      return statement.Resource;
    };

    it.each(["Allow", "Deny"] as const)("that says %s is the same for every path and method (A2)", async (effect) => {
      const routes = [
        ["/", "GET"],
        ["/things", "POST"],
        ["/things/1/parts/2", "DELETE"],
        ["/a%2Fb/../c", "PUT"],
        ["/*", "PATCH"],
        ["/things/?x=*", "OPTIONS"],
        [`/${"deep/".repeat(200)}`, "GET"],
      ] as const;
      const resources = new Set(await Promise.all(routes.map(([path, method]) => getResource(effect, path, method))));
      expect([...resources]).toEqual([`${stage}/*`]);
      const [resource = ""] = resources;
      for (const [path, method] of routes) expect(covers(resource, `${stage}/${method}${path}`)).toBe(true);
    });

    it("covers no other stage, API, account or region (A2)", async () => {
      const resource = await getResource("Allow", "/things/1", "GET");
      const others = [
        `${stage}2/GET/things`,
        stage.replace("abcdef1234", "abcdef12345") + "/GET/things",
        stage.replace("123456789012", "210987654321") + "/GET/things",
        stage.replace("eu-central-1", "eu-west-1") + "/GET/things",
        "*",
      ];
      expect(others.filter((arn) => covers(resource, arn))).toEqual([]);
    });
  },
);

describe("two Authorization headers", () => {
  const twice = [
    ["alike", [`Bearer ${token}`, `Bearer ${token}`]],
    ["the good one last", ["Bearer x.y.z", `Bearer ${token}`]],
    ["the good one first", [`Bearer ${token}`, "Bearer x.y.z"]],
    ["an empty one first", ["", `Bearer ${token}`]],
    ["another scheme first", ["Basic YTpi", `Bearer ${token}`]],
  ] as const;

  it.each(twice)("are rejected by a REST API: %s (A5)", async (_case, Authorization) => {
    expect(await getOutcome(authorize(restRequest({ headers: { Authorization } })))).toBe(401);
  });

  it.each(twice)("are rejected by an HTTP API: %s (A5)", async (_case, Authorization) => {
    expect(await getOutcome(authorize(httpApi2({ headers: { Authorization } })))).toBe(403);
  });

  it("are rejected if their names differ in case (A5)", async () => {
    const headers = { Authorization: `Bearer ${token}`, authorization: `Bearer ${token}` };
    expect(await getOutcome(authorize(restRequest({ headers })))).toBe(401);
    expect(await getOutcome(authorize(webSocketConnect({ headers })))).toBe(401);
  });

  it("are rejected if the two places of the event disagree (A5)", async () => {
    const event = restRequest({ headers: { Authorization: "Bearer x.y.z" } });
    const mixed = { ...event, headers: { ...event.headers, Authorization: `Bearer ${token}` } };
    expect(await getOutcome(authorize(mixed))).toBe(401);
  });
});

describe("a mutated token", async () => {
  const refreshKey = aRefreshKey();
  const refreshToken = await signRefreshToken(refreshClaims(), refreshKey);
  // Spaces in front belong to the header and not to the token (RFC 6750 2.1).
  const mutants = mutatedTokens({ accessToken: token, accessKey: key, refreshToken, refreshKey }).filter(
    ({ token }) => !token.startsWith(" "),
  );

  it.each(EVENT_SHAPES)("is rejected in every form, on $shape (T1 to T8)", async ({ event, rejection }) => {
    for (const { checklist, name, token } of mutants) {
      const outcome = await getOutcome(authorize(event({ headers: { Authorization: `Bearer ${token}` } })));
      expect(outcome, `${checklist}: ${name}`).toBe(rejected[rejection]);
    }
  });
});

describe("headers that are null, as the test button of the console sends them", () => {
  it("are none (A5)", async () => {
    const event = { ...restRequest(), headers: null, multiValueHeaders: null };
    expect(await getOutcome(authorize(event))).toBe(401);
  });
});
